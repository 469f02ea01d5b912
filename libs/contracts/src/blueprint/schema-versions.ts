/** Versions of the blueprint schema that are read; the last one is the current. */
export const SUPPORTED_SCHEMA_VERSIONS = [0, 1] as const;
export type SchemaVersion = (typeof SUPPORTED_SCHEMA_VERSIONS)[number];
export const CURRENT_SCHEMA_VERSION = 1;

export function isSupportedVersion(version: unknown): version is SchemaVersion {
  return (SUPPORTED_SCHEMA_VERSIONS as readonly unknown[]).includes(version);
}
