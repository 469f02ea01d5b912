import { Injectable } from '@nestjs/common';
import {
  AGENT_LEASE_MS,
  type Heartbeat,
  type HeartbeatReply,
  type RegisterReply,
  type RegisterRequest,
  type SequencesReply,
  type SequencesRequest,
} from '@orion/contracts';
import { AgentStore } from '@orion/persistence';
import { logger } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { SiteWork } from '../dispatch/site-work';
import { Settings } from '../settings';

const log = logger('serve-agents');

/** Sequences of one page; with targets of up to 60 bytes it stays well below the largest message. */
const PAGE = 1_000;

/** Answers the agents of sites: who serves one, that it lives, what it must know after losing its journal. */
@Injectable()
export class ServeAgents {
  private readonly agents: AgentStore;

  constructor(
    source: DataSource,
    private readonly siteWork: SiteWork,
    private readonly settings: Settings,
  ) {
    this.agents = new AgentStore(source);
  }

  /** Raises the site's generation: whoever served it before is refused from now on. */
  async register(request: RegisterRequest): Promise<RegisterReply> {
    const registered = await this.agents.register({ ...request, leaseMs: AGENT_LEASE_MS });
    if (registered === undefined) return this.refusal(request);
    const { generation } = registered;
    log.info('Registering agent', { siteId: request.siteId, bootId: request.bootId, generation });
    this.siteWork.dispatch(request.siteId);
    return { status: 'registered', ...registered, installation: this.settings.installation };
  }

  /** A request may have waited in a frozen process while a later one of the site was answered. */
  private async refusal({ siteId }: RegisterRequest): Promise<RegisterReply> {
    const generation = await this.agents.generation(siteId);
    if (generation === 0)
      return { status: 'refused', code: 'resource.not_found', detail: `There is no site ${siteId}.` };
    const detail = `The site is at generation ${generation}.`;
    return { status: 'refused', code: 'agent.generation_mismatch', detail, generation };
  }

  async hear(heartbeat: Heartbeat): Promise<HeartbeatReply> {
    return this.agents.hear(heartbeat);
  }

  /** The highest sequences issued, without those of open commands; nothing for a foreign generation. */
  async sequences({ siteId, generation, after = '' }: SequencesRequest): Promise<SequencesReply> {
    const sequences = await this.agents.sequences(siteId, generation, after, PAGE);
    return { sequences, complete: sequences.length < PAGE };
  }
}
