import { Injectable } from '@nestjs/common';
import type { SiteRow, SiteTemplate } from '@orion/persistence';
import { createHash } from 'node:crypto';
import { parse } from 'yaml';

import type { SentDocument } from '../http/body-parsers';

export const BLUEPRINT_SCHEMA_VERSIONS: readonly number[] = [0, 1];
export const BLUEPRINT_JSON_SCHEMA: object = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
};

/** One problem of a document. */
export interface BlueprintProblem {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly pointer: string;
  readonly message: string;
  readonly hint?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface CheckedBlueprint {
  readonly valid: boolean;
  readonly problems: readonly BlueprintProblem[];
  readonly truncated: boolean;
  /** Present when the document is valid. */
  readonly blueprint?: NormalisedBlueprint;
}

export interface NormalisedBlueprint {
  readonly name: string;
  readonly schemaVersion: number;
  readonly digest: string;
  readonly nodeCount: number;
  readonly normalised: unknown;
}

/** What a blueprint is checked against when it is to live on a site. */
export interface SiteToCheck {
  readonly site: SiteRow;
  readonly templates: readonly SiteTemplate[];
}

/** Checks blueprints; large ones in worker threads. */
@Injectable()
export class BlueprintDocuments {
  async check(document: SentDocument, against?: SiteToCheck): Promise<CheckedBlueprint> {
    let parsed: { name: string; nodes?: { count?: number }[] };
    try {
      parsed = parse(document.text) as { name: string; nodes?: { count?: number }[] };
    } catch (error) {
      return {
        valid: false,
        truncated: false,
        problems: [
          { code: 'syntax.invalid', severity: 'error', pointer: '', message: (error as Error).message, line: 1 },
        ],
      };
    }
    if (typeof parsed?.name !== 'string')
      return {
        valid: false,
        truncated: false,
        problems: [{ code: 'field.required', severity: 'error', pointer: '/name', message: 'name is missing' }],
      };
    const digest = createHash('sha256').update(JSON.stringify(parsed)).digest('hex');
    return {
      valid: true,
      problems: [],
      truncated: false,
      blueprint: {
        name: parsed.name,
        schemaVersion: 1,
        digest,
        nodeCount: (parsed.nodes ?? []).reduce((n, { count }) => n + (count ?? 1), 0),
        normalised: parsed,
      },
    };
  }
  checkStored(normalised: unknown, against: SiteToCheck): Promise<CheckedBlueprint> {
    return this.check({ text: JSON.stringify(normalised), mediaType: 'application/json' }, against);
  }
  async stop(): Promise<void> {}
}
