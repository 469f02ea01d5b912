export * from './placement';
export * from './place-nodes';
