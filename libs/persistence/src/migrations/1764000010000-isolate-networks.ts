import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sites whose networks are VNets of a zone: their settings, names and what the last picture shows of the zone. Also which
 * of its addresses a guest reports on which card. The previous release goes on with sites whose networks are VLAN tags.
 */
export class IsolateNetworks1764000010000 implements MigrationInterface {
  readonly name = 'IsolateNetworks1764000010000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE site
        ADD COLUMN network_mode text NOT NULL DEFAULT 'vlan',
        ADD COLUMN sdn_zone text,
        ALTER COLUMN bridge DROP NOT NULL,
        DROP CONSTRAINT site_vlans,
        ADD CONSTRAINT site_vlans CHECK (vlan_first >= 1 AND vlan_first <= vlan_last
          AND vlan_last <= CASE network_mode WHEN 'sdn' THEN 16777215 ELSE 4094 END),
        ADD CONSTRAINT site_networks CHECK ((network_mode = 'vlan' AND bridge IS NOT NULL)
          OR (network_mode = 'sdn' AND sdn_zone IS NOT NULL))`);
    await db.query(`
      ALTER TABLE range_network ADD COLUMN mode text NOT NULL DEFAULT 'vlan', ADD COLUMN zone text,
        ADD CONSTRAINT range_network_mode CHECK (mode = 'vlan' OR (mode = 'sdn' AND zone IS NOT NULL))`);
    await db.query(`ALTER TABLE range_node ADD COLUMN observed_interfaces jsonb NOT NULL DEFAULT '[]'`);

    // A name is given back only when an inventory taken after released_at shows neither a VNet nor a NIC of that name.
    await db.query(`
      CREATE TABLE vnet_allocation (
        site_id uuid NOT NULL REFERENCES site (id),
        vnet text NOT NULL,
        tenant_id uuid NOT NULL,
        range_id uuid NOT NULL,
        released_at timestamptz,
        PRIMARY KEY (site_id, vnet),
        CONSTRAINT vnet_allocation_name CHECK (vnet ~ '^[a-z][a-z0-9]{1,7}$')
      )`);
    await db.query(`CREATE INDEX vnet_allocation_range ON vnet_allocation (range_id)`);
    await db.query(`
      CREATE TABLE site_zone (
        site_id uuid NOT NULL REFERENCES site (id),
        name text NOT NULL,
        type text NOT NULL,
        observed_at timestamptz NOT NULL,
        PRIMARY KEY (site_id, name)
      )`);
    await db.query(`
      CREATE TABLE site_vnet (
        site_id uuid NOT NULL REFERENCES site (id),
        name text NOT NULL,
        zone text NOT NULL,
        tag integer,
        mark jsonb,
        observed_at timestamptz NOT NULL,
        PRIMARY KEY (site_id, name)
      )`);
    // VNets with our mark that no row accounts for; one that is gone, or accounted for again, is deleted.
    await db.query(`
      CREATE TABLE site_vnet_orphan (
        site_id uuid NOT NULL REFERENCES site (id),
        name text NOT NULL,
        detail text NOT NULL,
        since timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (site_id, name)
      )`);
    for (const table of ['vnet_allocation', 'site_zone', 'site_vnet', 'site_vnet_orphan']) {
      await db.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
      await db.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
      await db.query(
        `CREATE POLICY ${table}_of_orchestrator ON ${table} TO orion_orchestrator USING (true) WITH CHECK (true)`,
      );
      await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO orion_orchestrator`);
    }
    await db.query(
      `CREATE POLICY site_zone_granted ON site_zone FOR SELECT TO orion_gateway USING (orion_site_granted(site_id))`,
    );
    await db.query(
      `CREATE POLICY site_vnet_orphan_of_platform ON site_vnet_orphan FOR SELECT TO orion_gateway USING (orion_platform())`,
    );
    await db.query(`GRANT SELECT ON site_zone, site_vnet_orphan TO orion_gateway`);
  }

  /** Sites of the other mode cannot be told to the previous release: theirs become sites of VLAN tags that need a look. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE site_vnet_orphan, site_vnet, site_zone, vnet_allocation`);
    await db.query(`ALTER TABLE range_node DROP COLUMN observed_interfaces`);
    await db.query(`ALTER TABLE range_network DROP COLUMN mode, DROP COLUMN zone`);
    await db.query(`ALTER TABLE site DROP CONSTRAINT site_networks, DROP CONSTRAINT site_vlans`);
    await db.query(`
      UPDATE site SET bridge = coalesce(bridge, sdn_zone), vlan_first = least(vlan_first, 4094), vlan_last = least(vlan_last, 4094)
       WHERE network_mode = 'sdn'`);
    await db.query(`
      ALTER TABLE site DROP COLUMN network_mode, DROP COLUMN sdn_zone, ALTER COLUMN bridge SET NOT NULL,
        ADD CONSTRAINT site_vlans CHECK (vlan_first >= 1 AND vlan_last <= 4094 AND vlan_first <= vlan_last)`);
  }
}
