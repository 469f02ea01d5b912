import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Pending jobs of a site are admitted in turns of their tenants: the tenant with the fewest jobs there goes first; among
 * equals the one that began longest ago, then the older job. The previous release admits by age until it is gone.
 */
export class AdmitInTurns1764000007000 implements MigrationInterface {
  readonly name = 'AdmitInTurns1764000007000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX job_begun ON job (site_id, tenant_id, started_at)`);
    await db.query(`
      CREATE FUNCTION orion_admission_order(of_site uuid) RETURNS TABLE (job_id uuid, place bigint)
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
                                  WHERE site_id = of_site AND state = 'pending') p) t USING (tenant_id)
                  WHERE j.site_id = of_site AND j.state = 'pending') w $$`);
    await db.query(`REVOKE ALL ON FUNCTION orion_admission_order(uuid) FROM PUBLIC`);
    await db.query(`GRANT EXECUTE ON FUNCTION orion_admission_order(uuid) TO orion_orchestrator`);
    await db.query(`
      CREATE OR REPLACE FUNCTION orion_queue_position(of_job uuid) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, public AS
      $$ SELECT greatest(0,
                  (SELECT count(*) FROM public.job r WHERE r.site_id = j.site_id AND r.state = 'running')
                + (SELECT place FROM public.orion_admission_order(j.site_id) WHERE job_id = j.id)
                - s.running_jobs_limit)::integer
           FROM public.job j JOIN public.site s ON s.id = j.site_id
          WHERE j.id = of_job AND j.state = 'pending' AND j.tenant_id = public.orion_tenant() $$`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE OR REPLACE FUNCTION orion_queue_position(of_job uuid) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, public AS
      $$ SELECT greatest(0,
                  (SELECT count(*) FROM public.job r WHERE r.site_id = j.site_id AND r.state = 'running')
                + (SELECT count(*) FROM public.job o WHERE o.site_id = j.site_id AND o.state = 'pending'
                                                       AND (o.created_at, o.id) < (j.created_at, j.id))
                - s.running_jobs_limit + 1)::integer
           FROM public.job j JOIN public.site s ON s.id = j.site_id
          WHERE j.id = of_job AND j.state = 'pending' AND j.tenant_id = public.orion_tenant() $$`);
    await db.query(`DROP FUNCTION orion_admission_order(uuid)`);
    await db.query(`DROP INDEX job_begun`);
  }
}
