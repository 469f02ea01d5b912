import { Inject, Injectable } from '@nestjs/common';
import { inTenant, SiteStore } from '@orion/persistence';
import { logger, monotonicMs, type Health, type HealthState } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { Answer } from '../http/answer';
import { HEALTH } from '../settings';
import { agentStateOf, type AgentState } from '../sites/agent-state';

const log = logger('health');
const NOBODY = '00000000-0000-0000-0000-000000000000';
const SITES = 500;

export interface HealthView {
  readonly state: HealthState;
  readonly checks: Readonly<Record<string, { readonly state: HealthState; readonly latencyMs: number }>>;
  /** By site. Latency is how long reading took; the age of the heartbeat is how long the agent has been silent. */
  readonly sites: Readonly<
    Record<string, { readonly state: AgentState; readonly latencyMs: number; readonly heartbeatAgeMs: number | null }>
  >;
}

/**
 * What the gateway needs, and how it does. Down: it cannot accept work. Degraded: it can, but work waits, because the
 * queue is down (the orchestrators' sweep replaces it) or an agent is silent. What went wrong goes to the log only: these
 * routes are open to everybody.
 */
@Injectable()
export class ReadHealth {
  private lastSites: HealthView['sites'] = {};

  constructor(
    @Inject(HEALTH) private readonly health: Health,
    private readonly source: DataSource,
  ) {}

  async report(): Promise<HealthView> {
    const [{ state, checks }, sites] = await Promise.all([this.health.report(), this.sites()]);
    for (const [name, { state: checkState, detail }] of Object.entries(checks)) {
      if (checkState === 'down') log.warn('Reporting a part as down', { part: name, detail });
    }
    const shown = Object.entries(checks).map(([name, check]) => [
      name,
      { state: check.state, latencyMs: check.latencyMs },
    ]);
    const silent = Object.values(sites).some((site) => site.state !== 'online');
    return {
      state: state === 'up' && silent ? 'degraded' : state,
      checks: Object.fromEntries(shown) as HealthView['checks'],
      sites,
    };
  }

  /** 503 while it cannot accept work. */
  async readiness(): Promise<Answer<HealthView>> {
    const report = await this.report();
    return new Answer(report.state === 'down' ? 503 : 200, report);
  }

  private async sites(): Promise<HealthView['sites']> {
    const begun = monotonicMs();
    try {
      const scope = { tenantId: NOBODY, platform: true };
      const rows = await inTenant(this.source, scope, (db) => new SiteStore(db).list({ limit: SITES }));
      const latencyMs = Math.round((monotonicMs() - begun) * 10) / 10;
      this.lastSites = Object.fromEntries(
        rows.map(({ name, agent }) => {
          const heartbeatAgeMs = agent?.silentMs ?? null;
          return [name, { state: agentStateOf(heartbeatAgeMs), latencyMs, heartbeatAgeMs }];
        }),
      );
      return this.lastSites;
    } catch {
      // The check of PostgreSQL tells why; nothing is known of the agents.
      const latencyMs = Math.round((monotonicMs() - begun) * 10) / 10;
      const names = Object.keys(this.lastSites);
      return Object.fromEntries(names.map((name) => [name, { state: 'suspect', latencyMs, heartbeatAgeMs: null }]));
    }
  }
}
