import { Injectable } from '@nestjs/common';
import type { CommandEvent } from '@orion/contracts';
import {
  AllocationStore,
  FactStore,
  JobStore,
  setTenant,
  type CommandInPlay,
  type JobProgress,
  type ScheduledJob,
  transaction,
  withCommit,
} from '@orion/persistence';
import { DataSource, type EntityManager } from 'typeorm';

import { FollowCommit } from '../dispatch/follow-commit';
import { AfterCommit } from '../jobs/after-commit';
import { JobWork } from '../jobs/job-work';
import { SettleJob } from '../jobs/settle-job';
import { OrchestratorMetrics } from '../metrics';
import { gatherFacts, judgeFacts, type FactsOfCommand, type Judgement } from './judge-fact';

/** What is recorded of an event: everything a `CommandEvent` tells but the trace. */
export type FactToRecord = Pick<CommandEvent, 'commandId' | 'number' | 'fact'> & { readonly generation?: number };

/**
 * Records facts about commands once, whoever brings them and in whatever order, and moves what waited for them. One
 * transaction for all that is given, under the row locks of their jobs.
 */
@Injectable()
export class RecordFacts {
  constructor(
    private readonly source: DataSource,
    private readonly settleJob: SettleJob,
    private readonly followCommit: FollowCommit,
    private readonly metrics: OrchestratorMetrics,
  ) {}

  /**
   * Returns after the commit, for each fact whether it is recorded. It is not when an agent of an older generation
   * brings it. A fact about a command that is not known any more counts as recorded: nobody waits for it.
   */
  async execute(events: readonly FactToRecord[]): Promise<readonly boolean[]> {
    const after = new AfterCommit();
    const recorded = await transaction(this.source, (db) => this.record(db, events, after));
    this.followCommit.execute(after);
    return recorded;
  }

  private async record(
    db: EntityManager,
    events: readonly FactToRecord[],
    after: AfterCommit,
  ): Promise<readonly boolean[]> {
    const commandIds = [...new Set(events.map(({ commandId }) => commandId))];
    const facts = new FactStore(db);
    const [jobs, read] = await Promise.all([new JobStore(db).lockOfCommands(commandIds), facts.read(commandIds)]);
    const commands = new Map(read.map((command) => [command.id, command]));
    const isForeign = ({ commandId, generation }: FactToRecord): boolean => {
      const command = commands.get(commandId);
      return command !== undefined && generation !== undefined && generation !== command.generation;
    };
    const judged = judge(gatherFacts(events.filter((event) => !isForeign(event))), commands, jobs);
    const progress = await facts.apply(judged.map(({ judgement }) => judgement.change));
    for (const job of jobs) {
      const ofJob = judged.filter(({ command }) => command.jobId === job.id);
      await renumber(db, job, ofJob);
      if (ofJob.length > 0) await this.settle(db, job, ofJob, progress, after);
    }
    return events.map((event) => !isForeign(event));
  }

  private count({ event, change }: Judgement): void {
    const then = event?.type.replace('step.', '');
    if (then !== 'retrying' && then !== 'failed' && then !== 'unknown') return;
    this.metrics.stepFailures.inc({ code: change.error?.code ?? 'none', then });
  }

  private async settle(
    db: EntityManager,
    job: ScheduledJob,
    judged: readonly Judged[],
    progress: readonly JobProgress[],
    after: AfterCommit,
  ): Promise<void> {
    const work = new JobWork(db, job, after);
    const come = progress.find(({ jobId }) => jobId === job.id) ?? job;
    let failure: Judgement['failure'];
    let moved = false;
    for (const { command, judgement } of judged) {
      this.count(judgement);
      failure ??= judgement.failure;
      const { stepState } = judgement.change;
      if (stepState !== undefined && stepState !== 'running') moved = true;
      if (judgement.event === undefined) continue;
      const done = { done: come.stepsDone, total: come.stepsTotal };
      work.tell(judgement.event.type, { ...judgement.event.data, progress: done }, command.stepId);
    }
    withCommit(db, setTenant(db, { tenantId: job.tenantId }));
    if (moved) {
      after.dispatch.add(job.siteId);
      if (job.state === 'running') await this.settleJob.execute(work, come, failure);
    }
    work.writeEvents();
  }
}

/**
 * Gives nodes whose id belongs to something else another one, in their row and in what is still to be done. Where no id is
 * left they keep theirs, and fail in the end.
 */
async function renumber(db: EntityManager, job: ScheduledJob, judged: readonly Judged[]): Promise<void> {
  const nodes = judged.flatMap(({ judgement }) => judgement.renumber ?? []);
  if (nodes.length === 0 || job.rangeId === null) return;
  const { id: jobId, siteId, tenantId, rangeId } = job;
  await new JobStore(db).lockPlanning(siteId);
  await new AllocationStore(db).exchangeVmIds({ siteId, tenantId, rangeId }, jobId, nodes);
}

interface Judged {
  readonly command: CommandInPlay;
  readonly judgement: Judgement;
}

function judge(
  facts: readonly FactsOfCommand[],
  commands: ReadonlyMap<string, CommandInPlay>,
  jobs: readonly ScheduledJob[],
): readonly Judged[] {
  return facts.flatMap((ofCommand) => {
    const command = commands.get(ofCommand.commandId);
    const job = jobs.find(({ id }) => id === command?.jobId);
    if (command === undefined || job === undefined) return [];
    const judgement = judgeFacts(ofCommand, command, job, Math.random);
    return judgement === undefined ? [] : [{ command, judgement }];
  });
}
