import type { DataSource } from 'typeorm';

import { executeAlone, statement } from '../database/statement';

export interface AgentRegistration {
  readonly siteId: string;
  readonly bootId: string;
  readonly agentVersion: string;
  readonly adapter: string;
  readonly commandKinds: readonly string[];
  readonly journalId: string;
  /** For how long after its last sign the agent before may still act, milliseconds. */
  readonly leaseMs: number;
  /** The generation that it takes the place of; absent: any. */
  readonly replaces?: number;
}

export interface AgentSign {
  readonly siteId: string;
  readonly generation: number;
  readonly bootId: string;
  readonly agentVersion: string;
  readonly commandKinds: readonly string[];
  readonly freeSlots: number;
  readonly hypervisorAnsweredAt?: string;
  readonly hypervisorVersion?: string;
}

export interface Registered {
  readonly generation: number;
  /** Until the agent before may not act any more, milliseconds; 0 when the same journal was registered before. */
  readonly actAfterMs: number;
}

export interface Heard {
  /** The generation that counts now; 0 for a site that nobody has registered. */
  readonly generation: number;
  readonly registered: boolean;
  readonly cancellations: readonly { readonly commandId: string; readonly target: string; readonly sequence: number }[];
}

/*
 * What an agent owned before is offered again to whoever serves the site now: an agent that knows a command answers
 * from its journal, one whose journal is lost looks at the hypervisor first. So is what was sent while nobody served the
 * site, without waiting for an acknowledgement that cannot come.
 */
const REGISTER = statement(
  'agent-register',
  `WITH raised AS (
     INSERT INTO site_agent (site_id, generation, boot_id, agent_version, adapter, command_kinds, journal_id,
                             registered_at, heartbeat_at)
     SELECT id, 1, $2, $3, $4, $5::text[], $7, now(), now() FROM site WHERE id = $1
     ON CONFLICT (site_id) DO UPDATE SET generation = site_agent.generation + 1, boot_id = excluded.boot_id,
       agent_version = excluded.agent_version, adapter = excluded.adapter, command_kinds = excluded.command_kinds,
       registered_at = now(), heartbeat_at = now(), hypervisor_answered_at = NULL, hypervisor_version = NULL,
       free_slots = NULL, journal_id = excluded.journal_id,
       acts_after = CASE WHEN site_agent.journal_id = excluded.journal_id THEN site_agent.acts_after
         ELSE greatest(site_agent.acts_after, site_agent.heartbeat_at + $8::int * interval '1 ms') END
      WHERE $6::int IS NULL OR site_agent.generation = $6
     RETURNING site_id, generation, acts_after
   ), offered AS (
     UPDATE command SET state = 'pending', sent_at = NULL
       FROM raised WHERE command.site_id = raised.site_id AND command.state IN ('pending', 'acknowledged')
   )
   SELECT generation::int AS generation,
          -- Never longer than a lease, whatever the clock does.
          least(greatest(extract(epoch FROM acts_after - clock_timestamp()) * 1000, 0), $8::int)::float8 AS "actAfterMs"
     FROM (SELECT generation, acts_after FROM raised
           UNION ALL
           SELECT generation, acts_after FROM site_agent
            WHERE site_id = $1 AND boot_id = $2 AND NOT EXISTS (SELECT 1 FROM raised)) registered`,
);
const HEAR = statement(
  'agent-hear',
  `WITH heard AS (
     UPDATE site_agent SET heartbeat_at = now(), agent_version = $4, command_kinds = $5::text[], free_slots = $6,
            hypervisor_answered_at = coalesce($7::timestamptz, hypervisor_answered_at),
            hypervisor_version = coalesce($8, hypervisor_version)
      WHERE site_id = $1 AND generation = $2 AND boot_id = $3 RETURNING generation
   )
   SELECT coalesce((SELECT generation FROM heard), (SELECT generation FROM site_agent WHERE site_id = $1), 0)::int AS generation,
          EXISTS (SELECT 1 FROM heard) AS registered,
          coalesce((SELECT json_agg(c) FROM (
            SELECT id AS "commandId", target, cancel_sequence::int AS sequence FROM command
             WHERE site_id = $1 AND state = 'cancelling' AND EXISTS (SELECT 1 FROM heard)
             ORDER BY created_at LIMIT 1000) c), '[]') AS cancellations`,
);
const SEQUENCES = statement(
  'agent-sequences',
  `SELECT target,
          (last - ((target, last) IN (SELECT target, sequence FROM command
                                       WHERE site_id = $1 AND state IN ('pending', 'acknowledged')))::int)::int AS sequence
     FROM target_sequence
    WHERE site_id = $1 AND target > $3 AND EXISTS (SELECT 1 FROM site_agent WHERE site_id = $1 AND generation = $2)
    ORDER BY target LIMIT $4`,
);
const SILENCES = statement(
  'agent-silences',
  `SELECT site_id AS "siteId", (extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::float8 AS "silentMs"
     FROM site_agent WHERE heartbeat_at IS NOT NULL`,
);
const GENERATION = statement(
  'agent-generation',
  `SELECT generation::int AS generation FROM site_agent WHERE site_id = $1`,
);

/** Agents of sites. Each call is one statement and one transaction. */
export class AgentStore {
  constructor(private readonly source: DataSource) {}

  /**
   * Raises the site's generation, which shuts out whoever had registered before. A repetition by the boot that is
   * registered answers its generation. Undefined: there is no such site, or another generation than the one to replace.
   */
  async register(agent: AgentRegistration): Promise<Registered | undefined> {
    const [row] = await executeAlone<Registered>(this.source, REGISTER, [
      agent.siteId,
      agent.bootId,
      agent.agentVersion,
      agent.adapter,
      agent.commandKinds,
      agent.replaces ?? null,
      agent.journalId,
      agent.leaseMs,
    ]);
    return row;
  }

  /** Records that the site's agent lives, and reads what it is to stop. A sign of another generation or boot changes nothing. */
  async hear(sign: AgentSign): Promise<Heard> {
    const [row] = await executeAlone<Heard>(this.source, HEAR, [
      sign.siteId,
      sign.generation,
      sign.bootId,
      sign.agentVersion,
      sign.commandKinds,
      sign.freeSlots,
      sign.hypervisorAnsweredAt ?? null,
      sign.hypervisorVersion ?? null,
    ]);
    return row ?? { generation: 0, registered: false, cancellations: [] };
  }

  /**
   * The highest sequences issued at a site, a page of them in the order of targets; below that of a command that is still
   * open, so that it may be sent again. Empty for a foreign generation.
   */
  async sequences(
    siteId: string,
    generation: number,
    after: string,
    limit: number,
  ): Promise<{ readonly target: string; readonly sequence: number }[]> {
    return executeAlone(this.source, SEQUENCES, [siteId, generation, after, limit]);
  }

  /** For how long each agent that was ever heard of has been silent, milliseconds. */
  async silences(): Promise<readonly { readonly siteId: string; readonly silentMs: number }[]> {
    return executeAlone(this.source, SILENCES, []);
  }

  async generation(siteId: string): Promise<number> {
    return (await executeAlone<{ generation: number }>(this.source, GENERATION, [siteId]))[0]?.generation ?? 0;
  }
}
