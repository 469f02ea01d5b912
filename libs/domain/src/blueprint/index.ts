export * from './blueprint-draft';
export * from './limits';
export * from './normalised-blueprint';
export * from './problems';
export * from './site-facts';
