import { Injectable } from '@nestjs/common';
import { DomainError, mayDo } from '@orion/domain';

import { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import type { PlanRangeDto } from './plan.dto';
import type { RangePlanView } from './plan.view';
import { performTask, type PlanTask } from './plan-task';
import { PlanThread } from './plan-thread';
import { PrepareApplyPlan } from './prepare-apply-plan';
import { PrepareDeployPlan } from './prepare-deploy-plan';
import { PrepareResetPlan } from './prepare-reset-plan';

/** A plan of so many characters of blueprint, or so many nodes, takes some milliseconds: no more than other requests. */
const SMALL = { characters: 16 * 1_024, nodes: 50 } as const;

/** Tells what a job would do before it is asked for. Reads in one transaction, which changes nothing. */
@Injectable()
export class PlanRange {
  constructor(
    private readonly deploys: PrepareDeployPlan,
    private readonly resets: PrepareResetPlan,
    private readonly applies: PrepareApplyPlan,
    private readonly thread: PlanThread,
  ) {}

  /**
   * Throws for what is wrong with the request itself: unknown ids, `site.ambiguous`, `blueprint.invalid` of a document that
   * is not one. Whatever would keep the job from succeeding is a reason in the answer.
   */
  async execute(caller: Caller, request: PlanRangeDto): Promise<RangePlanView | Answer<string>> {
    if (!mayDo(caller.principal, 'blueprint:read')) {
      throw new DomainError('auth.forbidden', undefined, { permission: 'blueprint:read' });
    }
    const task = await this.prepare(caller, request);
    if (isSmall(task)) return performTask(task);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    return new Answer(200, await this.thread.perform(task), headers);
  }

  private async prepare(caller: Caller, request: PlanRangeDto): Promise<PlanTask> {
    const { rangeId, reset, revision, blueprintId, document, siteId } = request;
    if (rangeId === undefined) {
      if ((blueprintId === undefined) === (document === undefined) || reset !== undefined) throw invalid();
      return this.deploys.prepare(caller, request);
    }
    if (blueprintId !== undefined || document !== undefined || siteId !== undefined) throw invalid();
    if ((reset === undefined) === (revision === undefined)) throw invalid();
    return reset === undefined
      ? this.applies.prepare(caller, rangeId, revision as number)
      : this.resets.prepare(caller, rangeId, reset);
  }
}

function invalid(): DomainError {
  return new DomainError('request.invalid', 'Send blueprintId or document; or rangeId with either revision or reset.');
}

function isSmall(task: PlanTask): boolean {
  switch (task.kind) {
    case 'range.deploy':
      return task.blueprint.length <= SMALL.characters;
    case 'range.apply':
      return task.before.length + task.after.length <= SMALL.characters;
    case 'range.reset':
      return (task.request?.nodes.length ?? 0) <= SMALL.nodes;
  }
}
