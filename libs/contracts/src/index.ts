export * from './agent';
export * from './blueprint';
