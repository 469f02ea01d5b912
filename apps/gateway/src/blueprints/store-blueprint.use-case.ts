import { Injectable } from '@nestjs/common';
import type { ValidationResult } from '@orion/contracts';
import { DomainError } from '@orion/domain';
import { v7 as uuid7 } from 'uuid';

import { Answer, created, etagOf } from '../http/answer';
import type { SentDocument } from '../http/body-parsers';
import { assertMatches, type Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { recordAudit, UnitOfWork } from '../persistence/unit-of-work';
import { BlueprintDocuments, type ValidBlueprint } from './blueprint-documents';
import { blueprintView, type BlueprintView } from './blueprint.view';

/** Stores blueprints and their revisions. Documents are checked before the transaction begins. */
@Injectable()
export class StoreBlueprint {
  constructor(
    private readonly documents: BlueprintDocuments,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Throws `blueprint.invalid` with all problems, or `blueprint.name_taken`. */
  async create(caller: Caller, document: SentDocument): Promise<Answer<BlueprintView>> {
    const blueprint = validBlueprint(await this.documents.check(document, { normalise: true }));
    const { name } = blueprint.normalised;
    return this.unitOfWork.create(caller, async (stores) => {
      const id = uuid7();
      const { tenantId } = caller.principal;
      await stores.blueprints.add({ id, tenantId, name });
      await addRevision(stores, caller, { id, revision: 1, document, blueprint });
      const subject = `blueprint:${id}`;
      await recordAudit(stores, caller, { action: 'blueprint.create', subject, data: { name } });
      const { body, headers } = await readBlueprint(stores, id);
      return created('/blueprints', body, headers);
    });
  }

  /** Adds a revision, unless the document says the same as the latest one. */
  async change(caller: Caller, id: string, document: SentDocument): Promise<Answer<BlueprintView>> {
    const checked = await this.documents.check(document, { normalise: true });
    return this.unitOfWork.run(caller, async (stores) => {
      const current = await stores.blueprints.lock(id);
      if (current === undefined) throw notFound('blueprint', id);
      assertMatches(caller, etagOf(current.version));
      const blueprint = validBlueprint(checked);
      if (blueprint.digest === current.digest) return readBlueprint(stores, id);
      const revision = current.latestRevision + 1;
      await addRevision(stores, caller, { id, revision, document, blueprint });
      await stores.blueprints.advance(id, blueprint.normalised.name, revision);
      const subject = `blueprint:${id}`;
      await recordAudit(stores, caller, { action: 'blueprint.change', subject, data: { revision } });
      return readBlueprint(stores, id);
    });
  }

  /** Refused (`blueprint.in_use`) while ranges that use any revision are not destroyed. Its revisions stay for those. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.unitOfWork.run(caller, async (stores) => {
      const current = await stores.blueprints.lock(id);
      if (current === undefined) throw notFound('blueprint', id);
      if (caller.ifMatch) assertMatches(caller, etagOf(current.version));
      const users = await stores.blueprints.users(id);
      if (users.length > 0) {
        const names = users.map(({ name }) => name).join(', ');
        throw new DomainError('blueprint.in_use', `These ranges use it: ${names}.`, { ranges: users });
      }
      await stores.blueprints.delete(id);
      await recordAudit(stores, caller, { action: 'blueprint.delete', subject: `blueprint:${id}` });
    });
  }
}

/** Throws `blueprint.invalid` with every problem. */
export function assertValid({ valid, problems, truncated }: ValidationResult): void {
  if (valid) return;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const first = errors[0];
  const detail = first && `${first.message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}`;
  throw new DomainError('blueprint.invalid', detail, { problems, truncated: truncated === true });
}

/** Throws `blueprint.invalid` with every problem. */
export function validBlueprint(result: ValidationResult): ValidBlueprint {
  assertValid(result);
  const { normalised, digest, sourceVersion } = result;
  if (normalised === undefined || digest === undefined)
    throw new Error('A valid document came without its normal form.');
  return { normalised, digest, schemaVersion: sourceVersion ?? normalised.schemaVersion };
}

export async function readBlueprint({ blueprints }: Stores, id: string): Promise<Answer<BlueprintView>> {
  const row = await blueprints.get(id);
  if (row === undefined) throw notFound('blueprint', id);
  return new Answer(200, blueprintView(row), { etag: etagOf(row.version) });
}

interface RevisionToAdd {
  readonly id: string;
  readonly revision: number;
  readonly document: SentDocument;
  readonly blueprint: ValidBlueprint;
}

function addRevision({ blueprints }: Stores, caller: Caller, { id, revision, document, blueprint }: RevisionToAdd) {
  return blueprints.addRevision({
    tenantId: caller.principal.tenantId,
    blueprintId: id,
    revision,
    digest: blueprint.digest,
    schemaVersion: blueprint.schemaVersion,
    mediaType: document.mediaType,
    source: document.content.toString('utf8'),
    normalised: blueprint.normalised,
    nodeCount: blueprint.normalised.nodes.length,
    createdBy: caller.actor,
  });
}
