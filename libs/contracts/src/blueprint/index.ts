export { BLUEPRINT_SCHEMA_V1, type Blueprint } from './blueprint-schema';
export { canonicalDigest } from './canonical-digest';
export { createBlueprintValidator, type BlueprintValidator, type ValidatorOptions } from './worker/blueprint-validator';
export { SUPPORTED_SCHEMA_VERSIONS } from './schema-versions';
export { validateDocument } from './validate-document';
export type { ValidationOptions, ValidationResult } from './validation-result';
