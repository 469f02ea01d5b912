import { Injectable } from '@nestjs/common';
import type { CommandEvent } from '@orion/contracts';
import { logger } from '@orion/runtime';

import { OrchestratorMetrics } from '../metrics';
import { RecordFacts } from './record-facts.use-case';

const log = logger('facts');

/** Facts that one transaction records at most. */
const BATCH = 100;

interface Waiting {
  readonly event: CommandEvent;
  readonly resolve: (recorded: boolean) => void;
}

/**
 * Records what arrives while a site's transaction runs in its next one: the busier a site is, the more facts share a
 * commit. Nothing is answered before its commit, so that a crash loses nothing that was promised.
 */
@Injectable()
export class FactBatcher {
  private readonly sites = new Map<string, Waiting[]>();

  constructor(
    private readonly recordFacts: RecordFacts,
    private readonly metrics: OrchestratorMetrics,
  ) {}

  /** Answers after the commit; false when the agent is to bring the fact again, or may not bring it at all. */
  record(event: CommandEvent): Promise<boolean> {
    return new Promise((resolve) => {
      const waiting = this.sites.get(event.siteId);
      if (waiting !== undefined) {
        waiting.push({ event, resolve });
        return;
      }
      this.sites.set(event.siteId, [{ event, resolve }]);
      setImmediate(() => void this.drain(event.siteId));
    });
  }

  private async drain(siteId: string): Promise<void> {
    for (;;) {
      const waiting = this.sites.get(siteId) ?? [];
      if (waiting.length === 0) {
        this.sites.delete(siteId);
        return;
      }
      await this.flush(waiting.splice(0, BATCH));
    }
  }

  private async flush(batch: readonly Waiting[]): Promise<void> {
    try {
      const recorded = await this.recordFacts.execute(batch.map(({ event }) => event));
      batch.forEach(({ resolve }, index) => resolve(recorded[index] === true));
      this.metrics.facts.inc({ outcome: 'recorded' }, recorded.filter(Boolean).length);
    } catch (error) {
      if (batch.length > 1) {
        // One that cannot be recorded must not hold up the others.
        for (const waiting of batch) await this.flush([waiting]);
        return;
      }
      log.warn('Leaving fact to be brought again: it could not be recorded', {
        commandId: batch[0]?.event.commandId,
        err: error,
      });
      this.metrics.facts.inc({ outcome: 'failed' });
      batch[0]?.resolve(false);
    }
  }
}
