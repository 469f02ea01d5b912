import { Injectable } from '@nestjs/common';
import { DomainError } from '@orion/domain';

import { BlueprintDocuments } from '../blueprints/blueprint-documents';
import { validBlueprint } from '../blueprints/store-blueprint.use-case';
import { siteToCheck } from '../blueprints/validate-blueprint.use-case';
import type { Caller } from '../http/caller';
import { notFound } from '../http/resource-id.pipe';
import type { Stores } from '../persistence/stores';
import { UnitOfWork } from '../persistence/unit-of-work';
import { onlySite } from '../ranges/create-range.use-case';
import type { PlanRangeDto } from './plan.dto';
import { reasonOf, type ReasonView } from './plan.view';
import type { DeployTask } from './plan-task';
import { problemsAt } from './problems-at-site';
import { siteAhead } from './site-ahead';

/** Reads what the plan of a deploy rests on, and holds the blueprint against the site as the deploy's request would. */
@Injectable()
export class PrepareDeployPlan {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly documents: BlueprintDocuments,
  ) {}

  async prepare(caller: Caller, request: PlanRangeDto): Promise<DeployTask> {
    const sent = request.document === undefined ? undefined : await this.normalise(request.document);
    const { against, taken, stored, ...site } = await this.unitOfWork.run(caller, async (stores) => {
      const blueprint = sent ?? (await storedBlueprint(stores, request));
      const to = await siteToCheck(stores, request.siteId ?? (await onlySite(stores)));
      const name = request.name === undefined ? undefined : await nameTaken(stores, request.name);
      return { against: to, taken: name, stored: blueprint, ...(await siteAhead(stores, to.site)) };
    });
    const invalid = await problemsAt(this.documents, stored, against);
    const reasons = [invalid, taken].filter((reason) => reason !== undefined);
    return { kind: 'range.deploy', blueprint: stored, ...site, reasons };
  }

  /** A document that is sent along must be a blueprint, whatever the site. */
  private async normalise(document: unknown): Promise<string> {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    const mediaType = typeof document === 'string' ? 'application/yaml' : 'application/json';
    const result = await this.documents.check({ content: Buffer.from(text), mediaType }, { normalise: true });
    return JSON.stringify(validBlueprint(result).normalised);
  }
}

async function storedBlueprint({ blueprints }: Stores, { blueprintId = '', revision }: PlanRangeDto): Promise<string> {
  const blueprint = await blueprints.get(blueprintId);
  if (blueprint === undefined) throw notFound('blueprint', blueprintId);
  const number = revision ?? blueprint.latestRevision;
  const text = await blueprints.getNormalised(blueprintId, number);
  if (text === undefined) throw notFound('revision', `${number} of blueprint ${blueprintId}`);
  return text;
}

/** A name belongs to the newest range that has it, unless that is destroyed. */
async function nameTaken({ ranges }: Stores, name: string): Promise<ReasonView | undefined> {
  const [newest] = await ranges.list({ name, limit: 1 });
  if (newest === undefined || newest.state === 'destroyed') return undefined;
  return reasonOf(new DomainError('range.name_taken', undefined, { rangeId: newest.id }));
}
