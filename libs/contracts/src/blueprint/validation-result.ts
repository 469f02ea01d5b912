import type { BlueprintProblem, NormalisedBlueprint, SiteFacts } from '@orion/domain';

export interface ValidationOptions {
  /** Default yaml, which reads JSON as well, though less strictly. */
  readonly contentType?: 'yaml' | 'json';
  /** Also holds the document against this site. */
  readonly site?: SiteFacts;
  /** Also answers the normalised form of a valid document. */
  readonly normalise?: boolean;
}

export interface ValidationResult {
  /** True when no problem is an error. */
  readonly valid: boolean;
  /** By position in the document; at most 1,000. */
  readonly problems: readonly BlueprintProblem[];
  /** There are more problems than are listed. */
  readonly truncated?: boolean;
  /** Schema version that the document was written in; null when it could not be told. */
  readonly sourceVersion: number | null;
  /** `sha256:` and the hexadecimal digest of the canonical normalised form; of valid documents. */
  readonly digest?: string;
  /** Of valid documents, on request. */
  readonly normalised?: NormalisedBlueprint;
}
