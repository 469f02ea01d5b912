export * from './placement';
export * from './place-nodes';
export * from './fit-range';
