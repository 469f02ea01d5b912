export * from './database/connection';
export * from './database/migrate';
export * from './database/roles';
export * from './database/unit-of-work';
export * from './events/append-events';
export { MIGRATIONS } from './migrations';
export * from './database/statement';
export * from './scheduling';
export * from './sites';
