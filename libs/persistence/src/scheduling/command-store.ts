import type { DataSource, EntityManager } from 'typeorm';

import { execute, executeAlone, statement } from '../database/statement';

/** A command on its way to an agent, as it was issued. */
export interface StoredCommand {
  readonly id: string;
  readonly siteId: string;
  readonly generation: number;
  readonly envelope: Readonly<Record<string, unknown>>;
}

/** A command that is to stop, and the sequence below which nothing may begin on its target. */
export interface CancellingCommand {
  readonly commandId: string;
  readonly siteId: string;
  readonly target: string;
  readonly sequence: number;
  /** True while no agent has said that it owns the command. */
  readonly unacknowledged: boolean;
}

const ACKNOWLEDGE = statement(
  'command-acknowledge',
  `UPDATE command SET state = 'acknowledged', acknowledged_at = now() WHERE id = ANY($1::uuid[]) AND state = 'pending'`,
);
// A site whose agent is silent is left alone: what it has not acknowledged waits for its next registration or heartbeat.
const CLAIM_UNACKNOWLEDGED = statement(
  'command-claim-unacknowledged',
  `UPDATE command SET sent_at = now()
     FROM site_agent a
    WHERE (command.id, command.created_at) IN (
            SELECT id, created_at FROM command
             WHERE state = 'pending' AND (sent_at IS NULL OR sent_at < now() - $1::int * interval '1 millisecond')
               AND expires_at > now()
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      AND a.site_id = command.site_id AND a.heartbeat_at > now() - $3::int * interval '1 millisecond'
   RETURNING command.id, command.site_id AS "siteId", a.generation::int AS generation, command.envelope`,
);
const CLAIM_CANCELLING = statement(
  'command-claim-cancelling',
  `UPDATE command SET sent_at = now()
    WHERE (id, created_at) IN (
            SELECT id, created_at FROM command
             WHERE state = 'cancelling' AND acknowledged_at IS NULL
               AND sent_at < now() - $1::int * interval '1 millisecond'
             ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING id AS "commandId", site_id AS "siteId", target, cancel_sequence::int AS sequence, true AS unacknowledged`,
);
const FENCE = statement(
  'command-fence',
  `WITH running AS (
     SELECT c.id, c.created_at, c.site_id, c.target FROM command c
      WHERE c.step_id = ANY($1::uuid[]) AND c.state IN ('pending', 'acknowledged')
   ), raised AS (
     INSERT INTO target_sequence (site_id, target, last)
     SELECT DISTINCT site_id, target, 1 FROM running ORDER BY site_id, target
     ON CONFLICT (site_id, target) DO UPDATE SET last = target_sequence.last + 1
     RETURNING site_id, target, last
   )
   UPDATE command SET state = 'cancelling', cancel_sequence = raised.last
     FROM running JOIN raised USING (site_id, target)
    WHERE command.id = running.id AND command.created_at = running.created_at
   RETURNING command.id AS "commandId", command.site_id AS "siteId", command.target, raised.last::int AS sequence,
             command.acknowledged_at IS NULL AS unacknowledged`,
);
const GIVE_UP = statement(
  'command-give-up',
  `UPDATE command SET state = 'ended', ended_at = now()
    WHERE state = 'cancelling' AND created_at < now() - $1::int * interval '1 millisecond'`,
);

/** Commands after they were issued. */
export class CommandStore {
  constructor(private readonly db: EntityManager) {}

  /**
   * Fences what agents may still do for these steps: their targets get a higher sequence, the commands are cancelling
   * from now on. Commands that have ended or are cancelling already stay as they are.
   */
  async fence(stepIds: readonly string[]): Promise<CancellingCommand[]> {
    if (stepIds.length === 0) return [];
    return execute<CancellingCommand>(this.db, FENCE, [stepIds]);
  }

  /** Records that agents own these commands. */
  static async acknowledge(source: DataSource, commandIds: readonly string[]): Promise<void> {
    await executeAlone(source, ACKNOWLEDGE, [commandIds]);
  }

  /**
   * Claims commands that no agent has acknowledged `olderThanMs` after they were sent, of sites that were heard of
   * within `heardWithinMs`. Each is claimed by one caller at a time.
   */
  static async claimUnacknowledged(
    source: DataSource,
    limits: { readonly olderThanMs: number; readonly count: number; readonly heardWithinMs: number },
  ): Promise<StoredCommand[]> {
    return executeAlone<StoredCommand>(source, CLAIM_UNACKNOWLEDGED, [
      limits.olderThanMs,
      limits.count,
      limits.heardWithinMs,
    ]);
  }

  /**
   * Claims cancelled commands that no agent has ever acknowledged: nothing will be heard of them but the answer to their
   * cancellation.
   */
  static async claimCancelling(source: DataSource, olderThanMs: number, count: number): Promise<CancellingCommand[]> {
    return executeAlone<CancellingCommand>(source, CLAIM_CANCELLING, [olderThanMs, count]);
  }

  /** Closes cancelled commands of which nothing was heard for so long that nobody waits for them any more. */
  static async giveUp(source: DataSource, olderThanMs: number): Promise<void> {
    await executeAlone(source, GIVE_UP, [olderThanMs]);
  }
}
