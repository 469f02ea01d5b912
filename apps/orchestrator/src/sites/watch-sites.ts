import { Injectable } from '@nestjs/common';
import { AgentStore } from '@orion/persistence';
import { logger } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { SUSPECT_AFTER_MS } from '../dispatch/dispatch-site.use-case';
import { OrchestratorMetrics } from '../metrics';

const log = logger('sites');

/** Tells operators how long agents have been silent, and says so when a site becomes suspect and when it no longer is. */
@Injectable()
export class WatchSites {
  private readonly agents: AgentStore;
  private readonly suspect = new Set<string>();

  constructor(
    source: DataSource,
    private readonly metrics: OrchestratorMetrics,
  ) {
    this.agents = new AgentStore(source);
  }

  /** Each orchestrator tells for itself. */
  async execute(): Promise<void> {
    for (const { siteId, silentMs } of await this.agents.silences()) {
      this.metrics.siteSilent.set({ site: siteId }, silentMs / 1_000);
      if (silentMs > SUSPECT_AFTER_MS) {
        if (this.suspect.has(siteId)) continue;
        this.suspect.add(siteId);
        log.warn('Sending nothing new to a suspect site: its agent is silent', {
          siteId,
          silentMs: Math.round(silentMs),
        });
      } else if (this.suspect.delete(siteId)) {
        log.warn('Sending to the site again: its agent is heard of', { siteId });
      }
    }
  }
}
