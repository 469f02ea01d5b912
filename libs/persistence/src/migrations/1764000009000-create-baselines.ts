import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Baselines of ranges; jobs that are planned in stages; jobs that wait until their range is free. A waiting job changes
 * nothing, so that it is neither the one job of its range nor in anybody's way at the site.
 */
export class CreateBaselines1764000009000 implements MigrationInterface {
  readonly name = 'CreateBaselines1764000009000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE baseline (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        range_id uuid NOT NULL,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        mode text NOT NULL,
        snapshot text NOT NULL,
        state text NOT NULL,
        is_current boolean NOT NULL DEFAULT false,
        power jsonb NOT NULL DEFAULT '{}',
        manifest jsonb,
        digest text,
        job_id uuid NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        ready_at timestamptz,
        CONSTRAINT baseline_name UNIQUE (range_id, name),
        CONSTRAINT baseline_in_range FOREIGN KEY (tenant_id, range_id) REFERENCES range (tenant_id, id),
        CONSTRAINT baseline_mode CHECK (mode IN ('disk', 'memory')),
        CONSTRAINT baseline_state CHECK (state IN ('creating', 'ready', 'removing', 'incomplete'))
      )`);
    await db.query(`CREATE UNIQUE INDEX baseline_current ON baseline (range_id) WHERE is_current`);
    await db.query(`ALTER TABLE baseline ENABLE ROW LEVEL SECURITY`);
    await db.query(`ALTER TABLE baseline FORCE ROW LEVEL SECURITY`);
    await db.query(`
      CREATE POLICY baseline_of_tenant ON baseline TO orion_gateway
        USING (tenant_id = orion_tenant()) WITH CHECK (tenant_id = orion_tenant())`);
    await db.query(`
      CREATE POLICY baseline_for_orchestrator ON baseline TO orion_orchestrator
        USING (tenant_id = orion_tenant()) WITH CHECK (tenant_id = orion_tenant())`);
    await db.query(`GRANT SELECT, INSERT, UPDATE ON baseline TO orion_gateway`);
    await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON baseline TO orion_orchestrator`);

    await db.query(`ALTER TABLE site_storage ADD COLUMN newest_only boolean NOT NULL DEFAULT false`);
    await db.query(`ALTER TABLE job ADD COLUMN stage integer NOT NULL DEFAULT 1`);
    await db.query(`ALTER TABLE job ADD COLUMN queued boolean NOT NULL DEFAULT false`);
    await db.query(`DROP INDEX job_one_changing_per_range`);
    await db.query(`
      CREATE UNIQUE INDEX job_one_changing_per_range ON job (range_id)
        WHERE range_id IS NOT NULL AND state IN ('pending', 'running') AND NOT queued`);
    await db.query(`CREATE INDEX job_queued ON job (range_id, id) WHERE queued AND state = 'pending'`);
    await db.query(admissionOrder(' AND NOT queued', ' AND NOT j.queued'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(admissionOrder('', ''));
    await db.query(`DROP INDEX job_queued`);
    await db.query(`DROP INDEX job_one_changing_per_range`);
    await db.query(
      `UPDATE job SET state = 'cancelled', phase = 'ended', ended_at = now() WHERE queued AND state = 'pending'`,
    );
    await db.query(`
      CREATE UNIQUE INDEX job_one_changing_per_range ON job (range_id)
        WHERE range_id IS NOT NULL AND state IN ('pending', 'running')`);
    await db.query(`ALTER TABLE job DROP COLUMN queued`);
    await db.query(`ALTER TABLE job DROP COLUMN stage`);
    await db.query(`ALTER TABLE site_storage DROP COLUMN newest_only`);
    await db.query(`DROP TABLE baseline`);
  }
}

/** As it was, with what it leaves out. */
function admissionOrder(ofTenants: string, ofJobs: string): string {
  return `
      CREATE OR REPLACE FUNCTION orion_admission_order(of_site uuid) RETURNS TABLE (job_id uuid, place bigint)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
      $$ SELECT w.id, row_number() OVER (ORDER BY w.turn, w.last_begun NULLS FIRST, w.created_at, w.id)
           FROM (SELECT j.id, j.created_at, t.last_begun,
                        t.running + row_number() OVER (PARTITION BY j.tenant_id ORDER BY j.created_at, j.id) AS turn
                   FROM public.job j
                   JOIN (SELECT p.tenant_id,
                                (SELECT count(*) FROM public.job r
                                  WHERE r.site_id = of_site AND r.state = 'running' AND r.tenant_id = p.tenant_id) AS running,
                                (SELECT max(b.started_at) FROM public.job b
                                  WHERE b.site_id = of_site AND b.tenant_id = p.tenant_id) AS last_begun
                           FROM (SELECT DISTINCT tenant_id FROM public.job
                                  WHERE site_id = of_site AND state = 'pending'${ofTenants}) p) t USING (tenant_id)
                  WHERE j.site_id = of_site AND j.state = 'pending'${ofJobs}) w $$`;
}
