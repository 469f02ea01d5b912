export * from './agent-store';
export * from './drift-read-store';
export * from './drift-store';
export * from './inventory-store';
