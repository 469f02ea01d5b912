import { Injectable } from '@nestjs/common';
import {
  commandIdOf,
  commandKindAtVersion,
  HEARTBEAT_INTERVAL_MS,
  MISSED_HEARTBEATS_UNTIL_SUSPECT,
  type CommandEnvelope,
} from '@orion/contracts';
import { selectSteps } from '@orion/domain';
import {
  DispatchStore,
  type CommandToIssue,
  type DispatchPicture,
  type IssuedCommand,
  type ReadyStep,
  transaction,
  withCommit,
} from '@orion/persistence';
import { DataSource, type EntityManager } from 'typeorm';

import { OrchestratorMetrics } from '../metrics';
import { markOf } from '../planning/command-payloads';
import { Settings } from '../settings';

/** Steps without slots that one round takes of each tenant. */
const BATCH = 200;
const NOTHING = (): readonly CommandEnvelope[] => [];
/** A site that was not heard of for this long is suspect, milliseconds. */
export const SUSPECT_AFTER_MS = HEARTBEAT_INTERVAL_MS * MISSED_HEARTBEATS_UNTIL_SUSPECT;

/** Chooses the steps of a site that begin now and stores their commands; one scheduler a site at a time. */
@Injectable()
export class DispatchSite {
  constructor(
    private readonly source: DataSource,
    private readonly settings: Settings,
    private readonly metrics: OrchestratorMetrics,
  ) {}

  /** The commands to be sent, stored and numbered. None for a suspect site: nothing new is sent, nothing is failed. */
  async execute(siteId: string): Promise<readonly CommandEnvelope[]> {
    const stop = this.metrics.dispatchSeconds.startTimer();
    try {
      const issued = await transaction(this.source, (db) => this.dispatch(db, siteId));
      return issued();
    } finally {
      stop();
    }
  }

  /** Answers what was issued, to be asked after the commit. */
  private async dispatch(db: EntityManager, siteId: string): Promise<() => readonly CommandEnvelope[]> {
    const store = new DispatchStore(db);
    const [, picture, ready] = await Promise.all([
      store.lockSite(siteId),
      store.picture(siteId),
      store.ready(siteId, BATCH),
    ]);
    if (picture === undefined || picture.silentMs === null || picture.silentMs > SUSPECT_AFTER_MS) return NOTHING;
    const spoken = new Set(picture.commandKinds);
    const sendable = ready.filter(({ kind, kindVersion }) => spoken.has(commandKindAtVersion(kind, kindVersion)));
    if (sendable.length === 0) return NOTHING;
    const { chosen, deficits } = select(sendable, picture);
    this.metrics.stepsInFlight.set(
      { site: siteId },
      picture.inFlight.reduce((sum, { count }) => sum + count, chosen.length),
    );
    if (chosen.length === 0) return NOTHING;

    const envelopes = new Map<string, CommandEnvelope>();
    const commands = chosen.map((step): CommandToIssue => {
      const envelope = this.envelope(siteId, picture.generation, step);
      envelopes.set(envelope.commandId, envelope);
      const { commandId, tenantId, jobId, stepId, target, attempt, kind, timeoutMs } = envelope;
      const kindVersion = envelope.version;
      return {
        commandId,
        tenantId,
        jobId,
        stepId,
        target,
        attempt,
        kind,
        kindVersion,
        expiresInMs: timeoutMs,
        envelope: { ...envelope },
      };
    });
    const turns = [...deficits].map(([tenantId, deficitMs]) => ({ tenantId, deficitMs }));
    let issued: readonly IssuedCommand[] = [];
    withCommit(
      db,
      store.issue(siteId, commands).then((stored) => (issued = stored)),
    );
    if (picture.turns.length > 0 || turns.length > 0) withCommit(db, store.takeTurns(siteId, turns));
    return () =>
      issued.flatMap(({ commandId, sequence, expiresAt }) => {
        const envelope = envelopes.get(commandId);
        return envelope === undefined ? [] : [{ ...envelope, sequence, expiresAt: expiresAt.toISOString() }];
      });
  }

  /** The command of the step's next attempt; sequence and expiry are the store's. */
  private envelope(siteId: string, generation: number, step: ReadyStep): CommandEnvelope {
    const attempt = step.attempt + 1;
    const { installation } = this.settings;
    const { tenantId, rangeId, jobId } = step;
    const mark = markOf(step.kind, { installation, tenantId, rangeId, jobId }, step.subject);
    return {
      commandId: commandIdOf(step.id, attempt),
      siteId,
      generation,
      target: step.target,
      sequence: 0,
      kind: step.kind,
      version: step.kindVersion,
      attempt,
      expiresAt: '',
      timeoutMs: step.timeoutMs,
      ...(mark && { mark }),
      tenantId: step.tenantId,
      jobId: step.jobId,
      stepId: step.id,
      ...(step.rangeId !== null && { rangeId: step.rangeId }),
      ...(step.traceparent !== null && { traceparent: step.traceparent }),
      payload: step.payload as CommandEnvelope['payload'],
    };
  }
}

function select(ready: readonly ReadyStep[], picture: DispatchPicture) {
  const { chosen, deficits } = selectSteps({
    ready: ready.map((step) => ({ ...step, host: step.host ?? undefined, storage: step.storage ?? undefined, step })),
    inFlight: picture.inFlight.map(({ tenantId, host, storage, count }) => ({
      tenantId,
      host: host ?? undefined,
      storage: storage ?? undefined,
      count,
    })),
    slots: { perHost: picture.hostSlots, perStorage: picture.storageSlots },
    tenants: new Map(picture.turns.map(({ tenantId, deficitMs }) => [tenantId, deficitMs])),
    now: Date.now(),
  });
  return { chosen: chosen.map(({ step }) => step), deficits };
}
