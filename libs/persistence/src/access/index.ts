export * from './api-key-store';
export * from './installation-store';
export * from './tenant-store';
