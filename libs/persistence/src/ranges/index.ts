export * from './range-node-store';
export * from './range-store';
