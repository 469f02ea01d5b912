import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A job's place in the queue is asked for at every acceptance. Where the site has room for all that is open it is known from
 * counts; and in PL/pgSQL what it asks is planned once. A job that waits for its range counts the jobs before it there.
 */
export class TellPlaceInQueueQuickly1764000012000 implements MigrationInterface {
  readonly name = 'TellPlaceInQueueQuickly1764000012000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE OR REPLACE FUNCTION orion_queue_position(of_job uuid) RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, public AS $$
      DECLARE
        asked record;
        room integer;
      BEGIN
        SELECT j.site_id, j.range_id, j.queued INTO asked FROM public.job j
         WHERE j.id = of_job AND j.state = 'pending' AND j.tenant_id = public.orion_tenant();
        IF NOT FOUND THEN RETURN NULL; END IF;
        IF asked.queued THEN
          RETURN (SELECT count(*) FROM public.job o WHERE o.range_id = asked.range_id AND o.state IN ('pending', 'running')
                                                      AND (NOT o.queued OR o.id < of_job));
        END IF;
        SELECT running_jobs_limit INTO room FROM public.site WHERE id = asked.site_id;
        IF (SELECT count(*) FROM public.job o WHERE o.site_id = asked.site_id AND o.state IN ('pending', 'running')
                                                AND NOT o.queued) <= room THEN
          RETURN 0;
        END IF;
        RETURN greatest(0,
          (SELECT count(*) FROM public.job r WHERE r.site_id = asked.site_id AND r.state = 'running')
            + (SELECT place FROM public.orion_admission_order(asked.site_id) WHERE job_id = of_job) - room);
      END $$`);
  }

  async down(db: QueryRunner): Promise<void> {
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
}
