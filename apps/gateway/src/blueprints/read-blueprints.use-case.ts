import { Injectable } from '@nestjs/common';

import { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { numberCursor, pageOf, uuidCursor, type Page, type PageQuery } from '../http/paging';
import { notFound } from '../http/resource-id.pipe';
import type { NameQuery } from '../access/access.dto';
import { UnitOfWork } from '../persistence/unit-of-work';
import {
  blueprintView,
  revisionView,
  type BlueprintView,
  type RevisionDetailView,
  type RevisionView,
} from './blueprint.view';
import { readBlueprint } from './store-blueprint.use-case';

/** Answers blueprints and their revisions. */
@Injectable()
export class ReadBlueprints {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  list(caller: Caller, { cursor, limit, name }: NameQuery): Promise<Page<BlueprintView>> {
    return this.unitOfWork.run(caller, async ({ blueprints }) => {
      const rows = await blueprints.list({ before: uuidCursor(cursor), name, limit: limit + 1 });
      return pageOf(rows, limit, (row) => row.id, blueprintView);
    });
  }

  get(caller: Caller, id: string): Promise<Answer<BlueprintView>> {
    return this.unitOfWork.run(caller, (stores) => readBlueprint(stores, id));
  }

  revisions(caller: Caller, id: string, { cursor, limit }: PageQuery): Promise<Page<RevisionView>> {
    return this.unitOfWork.run(caller, async ({ blueprints }) => {
      const rows = await blueprints.listRevisions(id, numberCursor(cursor), limit + 1);
      if (rows.length === 0 && cursor === undefined) throw notFound('blueprint', id);
      return pageOf(rows, limit, (row) => row.revision, revisionView);
    });
  }

  /** Revisions of a deleted blueprint stay readable for whoever knows its id: ranges name them. */
  async revision(caller: Caller, id: string, number: number): Promise<Answer<RevisionDetailView>> {
    const row = await this.unitOfWork.run(caller, ({ blueprints }) => blueprints.getRevision(id, number));
    if (row === undefined) throw notFound('revision', `${number} of blueprint ${id}`);
    return new Answer(200, { ...revisionView(row), normalised: row.normalised }, { etag: `"${row.digest}"` });
  }

  /** The document as it was sent, in its media type. */
  async source(caller: Caller, id: string, number: number): Promise<Answer<string>> {
    const row = await this.unitOfWork.run(caller, ({ blueprints }) => blueprints.getSource(id, number));
    if (row === undefined) throw notFound('revision', `${number} of blueprint ${id}`);
    return new Answer(200, row.source, { 'content-type': `${row.mediaType}; charset=utf-8`, etag: `"${row.digest}"` });
  }
}
