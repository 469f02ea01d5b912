export * from './baseline-store';
