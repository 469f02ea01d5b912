import { Injectable } from '@nestjs/common';
import { AgentBus } from '@orion/agent-bus';
import { AgentStore, type CancellingCommand } from '@orion/persistence';
import { logger } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { RecordFacts } from '../facts/record-facts.use-case';

const log = logger('send-cancellations');

const STOPPED = { number: 0, fact: { type: 'ended', outcome: { status: 'cancelled' } } } as const;

/**
 * Tells agents at once what to stop. What is lost here, the replies to their heartbeats repeat.
 *
 * A command that no agent has acknowledged ends with the answer: from then on its agent refuses it, should it still be on
 * its way. Of the others the agent reports what became of them.
 */
@Injectable()
export class SendCancellations {
  private readonly agents: AgentStore;

  constructor(
    source: DataSource,
    private readonly bus: AgentBus,
    private readonly recordFacts: RecordFacts,
  ) {
    this.agents = new AgentStore(source);
  }

  async execute(cancellations: readonly CancellingCommand[]): Promise<void> {
    const bySite = new Map<string, CancellingCommand[]>();
    for (const cancellation of cancellations) {
      const ofSite = bySite.get(cancellation.siteId);
      if (ofSite) ofSite.push(cancellation);
      else bySite.set(cancellation.siteId, [cancellation]);
    }
    await Promise.all([...bySite].map(([siteId, ofSite]) => this.send(siteId, ofSite)));
  }

  private async send(siteId: string, ofSite: readonly CancellingCommand[]): Promise<void> {
    try {
      await this.bus.cancel({
        siteId,
        generation: await this.agents.generation(siteId),
        cancellations: ofSite.map(({ commandId, target, sequence }) => ({ commandId, target, sequence })),
      });
    } catch (error) {
      log.debug('Leaving cancellations to the next heartbeat', { siteId, err: error });
      return;
    }
    const neverBegun = ofSite.filter(({ unacknowledged }) => unacknowledged);
    if (neverBegun.length > 0)
      await this.recordFacts.execute(neverBegun.map(({ commandId }) => ({ commandId, ...STOPPED })));
  }
}
