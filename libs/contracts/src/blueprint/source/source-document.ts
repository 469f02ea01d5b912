import type { Finding, Path } from '@orion/domain';

/** What was read from a text: plain values, and where each of them stands. */
export interface SourceDocument {
  /** Undefined when the text could not be read. Belongs to the caller, who may change it. */
  readonly value: unknown;
  readonly problems: readonly SourceProblem[];
  /**
   * Where a value begins (`at: 'value'`) or its key (`at: 'key'`), as an offset into the text; for a path that does not
   * exist, where its nearest existing ancestor begins.
   */
  locate(path: Path, at: 'key' | 'value'): number;
}

/** A problem of the text itself, which knows its offset. */
export interface SourceProblem extends Finding {
  readonly offset: number;
}

export const SOURCE_LIMITS = {
  depth: 64,
  /** Values of a document, aliases expanded. Ten thousand nodes with every field have about half of it. */
  values: 1_000_000,
  /** Values that come out of aliases. */
  aliasedValues: 100_000,
  /** Problems of the text that are gathered. */
  problems: 2_000,
} as const;

/** A key that would reach into the prototype of the objects that hold the document. */
export const FORBIDDEN_KEY = '__proto__';
