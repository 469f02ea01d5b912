import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets a tenant see what a plan rests on: what others hold at a site that is granted to it, as sums alone, and how long
 * steps take there. Whose the rest is, and what runs in it, stays hidden. Additive: the previous release asks none of this.
 */
export class LookAheadAtSites1764000011000 implements MigrationInterface {
  readonly name = 'LookAheadAtSites1764000011000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION orion_site_use(of_site uuid) RETURNS TABLE (host text, reserved_mib integer, running_mib integer)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
      $$ SELECT n.host, sum(n.memory_mib)::int, coalesce(sum(n.memory_mib) FILTER (WHERE n.state = 'running'), 0)::int
           FROM public.range_node n
          WHERE n.site_id = of_site AND n.state <> 'destroyed' AND public.orion_site_granted(of_site)
          GROUP BY n.host $$`);

    // The pool of ids may hold a thousand million: what is taken of it is counted, not what is free.
    await db.query(`
      CREATE FUNCTION orion_site_pools(of_site uuid)
      RETURNS TABLE (vm_ids_free integer, vlan_tags_free integer, jobs_running integer, jobs_pending integer)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
      $$ SELECT s.vm_id_last - s.vm_id_first + 1 - (
                  SELECT count(*) FROM (
                    SELECT vm_id FROM public.vm_id_allocation WHERE site_id = of_site
                     UNION SELECT vm_id FROM public.site_vm WHERE site_id = of_site
                     UNION SELECT vm_id FROM public.site_template WHERE site_id = of_site) taken
                   WHERE vm_id BETWEEN s.vm_id_first AND s.vm_id_last)::int,
                s.vlan_last - s.vlan_first + 1 - (
                  SELECT count(*) FROM (
                    SELECT vlan_tag FROM public.vlan_allocation WHERE site_id = of_site
                     UNION SELECT (nic ->> 'vlanTag')::int
                             FROM public.site_vm v, jsonb_array_elements(v.nics) nic
                            WHERE v.site_id = of_site AND nic ? 'vlanTag' AND nic ->> 'bridge' = s.bridge
                     UNION SELECT tag FROM public.site_vnet n WHERE n.site_id = of_site AND n.zone = s.sdn_zone) taken
                   WHERE vlan_tag BETWEEN s.vlan_first AND s.vlan_last)::int,
                (SELECT count(*) FROM public.job WHERE site_id = of_site AND state = 'running')::int,
                (SELECT count(*) FROM public.job WHERE site_id = of_site AND state = 'pending')::int
           FROM public.site s WHERE s.id = of_site AND public.orion_site_granted(of_site) $$`);

    // Bounded by jobs, by their steps and by a week, so that a site's whole history is never read.
    await db.query(`
      CREATE FUNCTION orion_step_times(of_site uuid)
      RETURNS TABLE (kind text, host text, full_clone boolean, median_ms integer)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
      $$ SELECT s.kind, s.host, s.full_clone, greatest(1, percentile_cont(0.5) WITHIN GROUP (ORDER BY s.ms))::int
           FROM (SELECT id FROM public.job
                  WHERE site_id = of_site AND state = 'succeeded' AND ended_at > now() - interval '7 days'
                  ORDER BY ended_at DESC LIMIT 10) j
          CROSS JOIN LATERAL (
            SELECT kind, host, kind = 'vm.clone' AND payload ->> 'mode' = 'full' AS full_clone,
                   extract(epoch FROM ended_at - dispatched_at) * 1000 AS ms
              FROM public.step WHERE job_id = j.id AND state = 'succeeded' AND dispatched_at IS NOT NULL LIMIT 2000) s
          GROUP BY GROUPING SETS ((s.kind, s.full_clone, s.host), (s.kind, s.full_clone))
         HAVING count(*) >= 3 $$`);
    await db.query(`
      CREATE FUNCTION orion_site_step_times(of_site uuid)
      RETURNS TABLE (kind text, host text, full_clone boolean, median_ms integer)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
      $$ SELECT t.kind, t.host, t.full_clone, t.median_ms FROM public.orion_step_times(of_site) t
          WHERE public.orion_site_granted(of_site) $$`);

    for (const [name, role] of [
      ['orion_site_use', 'orion_gateway'],
      ['orion_site_pools', 'orion_gateway'],
      ['orion_step_times', 'orion_orchestrator'],
      ['orion_site_step_times', 'orion_gateway'],
    ] as const) {
      await db.query(`REVOKE ALL ON FUNCTION ${name}(uuid) FROM PUBLIC`);
      await db.query(`GRANT EXECUTE ON FUNCTION ${name}(uuid) TO ${role}`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP FUNCTION orion_site_step_times(uuid)`);
    await db.query(`DROP FUNCTION orion_step_times(uuid)`);
    await db.query(`DROP FUNCTION orion_site_pools(uuid)`);
    await db.query(`DROP FUNCTION orion_site_use(uuid)`);
  }
}
