export { BLUEPRINT_SCHEMA_V1, type Blueprint } from './blueprint-schema';
export type { ValidationOptions, ValidationResult } from './validation-result';
