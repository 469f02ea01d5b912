export * from './agent-store';
export * from './drift-store';
export * from './inventory-store';
