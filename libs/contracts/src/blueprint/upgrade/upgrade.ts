import type { Path } from '@orion/domain';
import type { TSchema } from '@sinclair/typebox';

/** Turns documents of one schema version into the next. Pure: the same document gives the same result. */
export interface Upgrade {
  readonly from: number;
  readonly to: number;
  /** Form of the documents that it reads. */
  readonly schema: TSchema;
  /** `document` has passed the schema, apart from parts that were taken out and are null. */
  upgrade(document: unknown): UpgradedDocument;
}

export interface UpgradedDocument {
  readonly document: unknown;
  /** Where in the old document the value at a path of the new one came from. */
  readonly originOf: (path: Path) => Path;
}
