import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sites: their settings, grants to tenants, templates, the last picture of their inventory, and what is allocated
 * on them. Tenants read what is granted to them; only the platform's tenant writes.
 */
export class CreateSites1764000001000 implements MigrationInterface {
  readonly name = 'CreateSites1764000001000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE site (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        bridge text NOT NULL,
        pool text,
        vm_id_first integer NOT NULL,
        vm_id_last integer NOT NULL,
        vlan_first integer NOT NULL,
        vlan_last integer NOT NULL,
        reserved_networks text[] NOT NULL DEFAULT '{}',
        host_slots integer NOT NULL DEFAULT 4,
        storage_slots integer NOT NULL DEFAULT 8,
        running_jobs_limit integer NOT NULL DEFAULT 50,
        host_reserved_mib integer NOT NULL DEFAULT 1024,
        agent_public_key text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT site_name_unique UNIQUE (name),
        CONSTRAINT site_vm_ids CHECK (vm_id_first >= 100 AND vm_id_last <= 999999999 AND vm_id_first <= vm_id_last),
        CONSTRAINT site_vlans CHECK (vlan_first >= 1 AND vlan_last <= 4094 AND vlan_first <= vlan_last),
        CONSTRAINT site_limits CHECK (host_slots > 0 AND storage_slots > 0 AND running_jobs_limit > 0 AND host_reserved_mib >= 0)
      )`);

    // Written at every heartbeat, so apart from the settings that carry an ETag.
    await db.query(`
      CREATE TABLE site_agent (
        site_id uuid PRIMARY KEY REFERENCES site (id),
        generation bigint NOT NULL DEFAULT 0,
        boot_id text,
        agent_version text,
        adapter text,
        command_kinds text[] NOT NULL DEFAULT '{}',
        registered_at timestamptz,
        heartbeat_at timestamptz,
        hypervisor_answered_at timestamptz,
        hypervisor_version text,
        free_slots integer,
        inventory_at timestamptz
      )`);

    await db.query(`
      CREATE TABLE site_grant (
        site_id uuid NOT NULL REFERENCES site (id),
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (site_id, tenant_id)
      )`);
    await db.query(`CREATE INDEX site_grant_tenant ON site_grant (tenant_id)`);

    await db.query(`
      CREATE TABLE site_template (
        site_id uuid NOT NULL REFERENCES site (id),
        name text NOT NULL,
        vm_id integer NOT NULL,
        host text NOT NULL,
        storage text NOT NULL,
        shared boolean NOT NULL,
        os text NOT NULL,
        guest_agent boolean NOT NULL,
        memory_mib integer NOT NULL,
        disk_gib integer NOT NULL,
        PRIMARY KEY (site_id, name, host),
        CONSTRAINT site_template_os CHECK (os IN ('linux', 'windows', 'other'))
      )`);

    await db.query(`
      CREATE TABLE site_host (
        site_id uuid NOT NULL REFERENCES site (id),
        name text NOT NULL,
        online boolean NOT NULL,
        cpus integer NOT NULL,
        memory_mib integer NOT NULL,
        memory_free_mib integer NOT NULL,
        observed_at timestamptz NOT NULL,
        PRIMARY KEY (site_id, name)
      )`);

    await db.query(`
      CREATE TABLE site_storage (
        site_id uuid NOT NULL REFERENCES site (id),
        name text NOT NULL,
        shared boolean NOT NULL,
        hosts text[] NOT NULL,
        total_gib integer NOT NULL,
        free_gib integer NOT NULL,
        snapshots boolean NOT NULL,
        linked_clones boolean NOT NULL,
        observed_at timestamptz NOT NULL,
        PRIMARY KEY (site_id, name)
      )`);

    await db.query(`
      CREATE TABLE site_vm (
        site_id uuid NOT NULL REFERENCES site (id),
        vm_id integer NOT NULL,
        host text NOT NULL,
        name text NOT NULL,
        state text NOT NULL,
        template boolean NOT NULL,
        lock text,
        mark jsonb,
        memory_mib integer NOT NULL,
        nics jsonb NOT NULL DEFAULT '[]',
        observed_at timestamptz NOT NULL,
        PRIMARY KEY (site_id, vm_id)
      )`);

    // Pages of an inventory wait here until the last one has come.
    await db.query(`
      CREATE TABLE site_inventory_page (
        site_id uuid NOT NULL REFERENCES site (id),
        inventory_id uuid NOT NULL,
        page integer NOT NULL,
        content jsonb NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (site_id, inventory_id, page)
      )`);

    // Highest sequence issued per target; a command that carries less has been overtaken.
    await db.query(`
      CREATE TABLE target_sequence (
        site_id uuid NOT NULL REFERENCES site (id),
        target text NOT NULL,
        last bigint NOT NULL,
        PRIMARY KEY (site_id, target)
      )`);

    // An id or a tag is given back only when an inventory taken after released_at shows nothing on it.
    await db.query(`
      CREATE TABLE vm_id_allocation (
        site_id uuid NOT NULL REFERENCES site (id),
        vm_id integer NOT NULL,
        tenant_id uuid NOT NULL,
        range_id uuid NOT NULL,
        released_at timestamptz,
        PRIMARY KEY (site_id, vm_id)
      )`);
    await db.query(`CREATE INDEX vm_id_allocation_range ON vm_id_allocation (range_id)`);
    await db.query(`
      CREATE TABLE vlan_allocation (
        site_id uuid NOT NULL REFERENCES site (id),
        vlan_tag integer NOT NULL,
        tenant_id uuid NOT NULL,
        range_id uuid NOT NULL,
        released_at timestamptz,
        PRIMARY KEY (site_id, vlan_tag)
      )`);
    await db.query(`CREATE INDEX vlan_allocation_range ON vlan_allocation (range_id)`);

    // Slot-seconds each tenant has used at a site beyond its turn (deficit round robin).
    await db.query(`
      CREATE TABLE tenant_turn (
        site_id uuid NOT NULL REFERENCES site (id),
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        deficit_ms bigint NOT NULL DEFAULT 0,
        served_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (site_id, tenant_id)
      )`);

    // What the last reconcile found between marked VMs and rows; a finding that is gone is deleted.
    await db.query(`
      CREATE TABLE site_drift (
        site_id uuid NOT NULL REFERENCES site (id),
        vm_id integer NOT NULL,
        kind text NOT NULL,
        tenant_id uuid,
        range_id uuid,
        node text,
        detail text NOT NULL,
        since timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (site_id, vm_id, kind),
        CONSTRAINT site_drift_kind CHECK (kind IN ('missing', 'changed', 'foreign', 'orphan'))
      )`);
    await db.query(`CREATE INDEX site_drift_of_range ON site_drift (range_id)`);

    await db.query(`
      CREATE FUNCTION orion_site_granted(of_site uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, public AS
      $$ SELECT public.orion_platform()
             OR EXISTS (SELECT 1 FROM public.site_grant g WHERE g.site_id = of_site AND g.tenant_id = public.orion_tenant()) $$`);

    const readable = ['site_agent', 'site_template', 'site_host', 'site_storage'];
    for (const table of [
      'site',
      'site_grant',
      'site_vm',
      'site_inventory_page',
      'target_sequence',
      'vm_id_allocation',
      'vlan_allocation',
      'tenant_turn',
      'site_drift',
      ...readable,
    ]) {
      await db.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
      await db.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
      await db.query(
        `CREATE POLICY ${table}_of_orchestrator ON ${table} TO orion_orchestrator USING (true) WITH CHECK (true)`,
      );
      await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO orion_orchestrator`);
    }
    await db.query(`
      CREATE POLICY site_granted ON site TO orion_gateway
        USING (orion_site_granted(id)) WITH CHECK (orion_platform())`);
    for (const table of readable) {
      await db.query(`
        CREATE POLICY ${table}_granted ON ${table} TO orion_gateway
          USING (orion_site_granted(site_id)) WITH CHECK (orion_platform())`);
    }
    await db.query(`
      CREATE POLICY site_grant_of_tenant ON site_grant TO orion_gateway
        USING (tenant_id = orion_tenant() OR orion_platform()) WITH CHECK (orion_platform())`);
    // A tenant counts what is free; whose the rest is stays hidden.
    await db.query(
      `CREATE POLICY vlan_allocation_of_tenant ON vlan_allocation FOR SELECT TO orion_gateway USING (tenant_id = orion_tenant())`,
    );
    await db.query(
      `CREATE POLICY vm_id_allocation_of_tenant ON vm_id_allocation FOR SELECT TO orion_gateway USING (tenant_id = orion_tenant())`,
    );

    await db.query(
      `CREATE POLICY site_drift_of_tenant ON site_drift FOR SELECT TO orion_gateway USING (tenant_id = orion_tenant() OR orion_platform())`,
    );

    await db.query(`GRANT SELECT, INSERT, UPDATE ON site, site_agent TO orion_gateway`);
    await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON site_grant TO orion_gateway`);
    await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON site_template TO orion_gateway`);
    await db.query(
      `GRANT SELECT ON site_host, site_storage, vm_id_allocation, vlan_allocation, site_drift TO orion_gateway`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE site_drift, tenant_turn, vlan_allocation, vm_id_allocation, target_sequence, site_inventory_page, site_vm,
        site_storage, site_host, site_template, site_grant, site_agent, site CASCADE`);
    await db.query(`DROP FUNCTION orion_site_granted(uuid)`);
  }
}
