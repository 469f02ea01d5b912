export * from './blueprint-store';
