import type { Complaint } from './ledger';
import type { Rig } from './rig';

const EVENTS = 25;

/** The last events about what a complaint names, and its steps that did not succeed, as lines to read. */
export async function explain({ postgres }: Rig, { jobId, rangeId }: Complaint): Promise<readonly string[]> {
  const lines: string[] = [];
  const events = await postgres.query<{ at: Date; type: string; job_id: string | null; data: unknown }>(
    `SELECT at, type, job_id, data FROM event
      WHERE ($1::uuid IS NOT NULL AND job_id = $1::uuid) OR ($1::uuid IS NULL AND range_id = $2::uuid)
      ORDER BY at DESC, number DESC LIMIT ${EVENTS}`,
    [jobId ?? null, rangeId ?? null],
  );
  for (const { at, type, job_id, data } of [...events].reverse())
    lines.push(`${at.toISOString()} ${type} ${job_id ?? ''} ${JSON.stringify(data)}`);
  const steps = await postgres.query<{ line: string }>(
    `SELECT s.phase || ' ' || s.kind || ' ' || s.subject || ' ' || s.state || ' attempt ' || s.attempt || ' target ' || s.target
            || coalesce(' ' || s.error::text, '') AS line
       FROM step s WHERE s.state <> 'succeeded' AND (s.job_id = $1::uuid OR ($1::uuid IS NULL AND s.range_id = $2::uuid))
      ORDER BY s.ordinal LIMIT ${EVENTS}`,
    [jobId ?? null, rangeId ?? null],
  );
  lines.push(...steps.map(({ line }) => line));
  return lines;
}
