import { Injectable } from '@nestjs/common';
import { AgentBus } from '@orion/agent-bus';
import { AgentStore, type CancellingCommand } from '@orion/persistence';
import { logger } from '@orion/runtime';
import { DataSource } from 'typeorm';

const log = logger('send-cancellations');

/** Tells agents at once what to stop. What is lost here, the replies to their heartbeats repeat. */
@Injectable()
export class SendCancellations {
  private readonly agents: AgentStore;

  constructor(
    source: DataSource,
    private readonly bus: AgentBus,
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
    }
  }
}
