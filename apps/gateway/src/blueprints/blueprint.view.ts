import type { BlueprintRow, RevisionRow } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { without } from '../http/without';
import { Id, named, Nullable, OneOf, Time } from '../openapi/answers';
import type { ValidationResult } from '@orion/contracts';
import type { BlueprintProblem } from '@orion/domain';

export const BlueprintView = named(
  'Blueprint',
  Type.Object({
    id: Id(),
    name: Type.String(),
    latestRevision: Type.Integer({ minimum: 1 }),
    digest: Type.String({ description: 'Of the latest revision in its normalised form.' }),
    nodeCount: Type.Integer(),
    createdAt: Time(),
    updatedAt: Time(),
  }),
);
export type BlueprintView = Static<typeof BlueprintView>;

const revision = {
  revision: Type.Integer({ minimum: 1 }),
  digest: Type.String(),
  schemaVersion: Type.Integer({ description: 'Of the document as it was sent.' }),
  mediaType: Type.String(),
  nodeCount: Type.Integer(),
  createdBy: Type.String(),
  createdAt: Time(),
};
export const RevisionView = named('Revision', Type.Object(revision));
export type RevisionView = Static<typeof RevisionView>;

export const RevisionDetailView = named(
  'RevisionDetail',
  Type.Object({
    ...revision,
    normalised: Type.Unknown({ description: 'In the current schema version, defaults filled in.' }),
  }),
);
export type RevisionDetailView = Static<typeof RevisionDetailView>;

const ProblemView = Type.Object({
  code: Type.String(),
  severity: OneOf(['error', 'warning'] as const),
  pointer: Type.String({ description: 'JSON pointer into the document.' }),
  message: Type.String(),
  hint: Type.String(),
  line: Type.Optional(Type.Integer()),
  column: Type.Optional(Type.Integer()),
});

export const ValidationView = named(
  'Validation',
  Type.Object({
    valid: Type.Boolean(),
    problems: Type.Array(ProblemView),
    truncated: Type.Boolean({ description: 'There are more problems than are listed.' }),
    sourceVersion: Nullable(Type.Integer(), 'Schema version of the document; null when it could not be told.'),
    digest: Type.Optional(Type.String()),
    normalised: Type.Optional(Type.Unknown({ description: 'With `?normalised=true`, when valid.' })),
  }),
);
export interface ValidationView {
  readonly valid: boolean;
  readonly problems: readonly BlueprintProblem[];
  readonly truncated: boolean;
  readonly sourceVersion: number | null;
  readonly digest?: string;
  readonly normalised?: unknown;
}

export function blueprintView(row: BlueprintRow): BlueprintView {
  return { ...without(row, 'version'), createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

export function revisionView(row: RevisionRow): RevisionView {
  return { ...row, createdAt: row.createdAt.toISOString() };
}

export function validationView(result: ValidationResult): ValidationView {
  const { valid, problems, truncated, sourceVersion, digest, normalised } = result;
  return {
    valid,
    problems,
    truncated: truncated === true,
    sourceVersion,
    ...(digest === undefined ? {} : { digest }),
    ...(normalised === undefined ? {} : { normalised }),
  };
}
