export * from './manifest';
export * from './verify-node';
