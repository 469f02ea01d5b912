import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Database roles, tenants, API keys, idempotency and audit.
 *
 * Each service connects with a role of its own, none of which bypasses row-level security. Roles belong to the
 * whole PostgreSQL cluster, so that `down` leaves them: another database may use them.
 */
export class CreateTenancy1764000000000 implements MigrationInterface {
  readonly name = 'CreateTenancy1764000000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      DO $$
      DECLARE role_name text;
      BEGIN
        FOREACH role_name IN ARRAY ARRAY['orion_gateway', 'orion_orchestrator'] LOOP
          BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', role_name);
          EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
          END;
        END LOOP;
      END $$`);

    // Policies read the tenant of the transaction through this function. An unset tenant matches no row.
    await db.query(`
      CREATE FUNCTION orion_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
      $$ SELECT nullif(current_setting('orion.tenant', true), '')::uuid $$`);
    await db.query(`
      CREATE FUNCTION orion_platform() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
      $$ SELECT coalesce(current_setting('orion.platform', true), '') = 'on' $$`);

    await db.query(`
      CREATE TABLE installation (
        id uuid PRIMARY KEY,
        singleton boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT installation_is_one UNIQUE (singleton),
        CONSTRAINT installation_singleton CHECK (singleton)
      )`);

    await db.query(`
      CREATE TABLE tenant (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        operates_platform boolean NOT NULL DEFAULT false,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      )`);
    await db.query(`CREATE UNIQUE INDEX tenant_name_unique ON tenant (name) WHERE deleted_at IS NULL`);

    await db.query(`
      CREATE TABLE api_key (
        id text PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        name text NOT NULL,
        role text NOT NULL,
        scopes text[] NOT NULL DEFAULT '{}',
        secret_hash bytea NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT api_key_role CHECK (role IN ('viewer', 'author', 'operator', 'admin'))
      )`);
    await db.query(`CREATE INDEX api_key_tenant ON api_key (tenant_id, created_at)`);

    // The one way to a key before its tenant is known. Runs with the rights of the migrating role.
    await db.query(`
      CREATE FUNCTION orion_find_api_key(key_id text)
      RETURNS TABLE (id text, tenant_id uuid, role text, scopes text[], secret_hash bytea, expires_at timestamptz,
                     revoked_at timestamptz, operates_platform boolean)
      LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
      $$ SELECT k.id, k.tenant_id, k.role, k.scopes, k.secret_hash, k.expires_at, k.revoked_at, t.operates_platform
           FROM public.api_key k JOIN public.tenant t ON t.id = k.tenant_id
          WHERE k.id = key_id AND t.deleted_at IS NULL $$`);
    await db.query(`REVOKE ALL ON FUNCTION orion_find_api_key(text) FROM PUBLIC`);

    await db.query(`
      CREATE TABLE idempotency_request (
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        route text NOT NULL,
        key text NOT NULL,
        body_hash bytea NOT NULL,
        status integer,
        answer json,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, route, key)
      )`);
    await db.query(`CREATE INDEX idempotency_request_age ON idempotency_request (created_at)`);

    await db.query(`
      CREATE TABLE audit_event (
        id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        data jsonb NOT NULL DEFAULT '{}',
        trace_id text,
        PRIMARY KEY (id, at)
      ) PARTITION BY RANGE (at)`);
    await db.query(`CREATE INDEX audit_event_tenant ON audit_event (tenant_id, at)`);
    await db.query(`CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT`);

    for (const table of ['api_key', 'idempotency_request', 'audit_event']) {
      await db.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
      await db.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
      await db.query(`
        CREATE POLICY ${table}_of_tenant ON ${table} TO orion_gateway, orion_orchestrator
          USING (tenant_id = orion_tenant()) WITH CHECK (tenant_id = orion_tenant())`);
    }
    // Deleting expired answers is the orchestrator's housekeeping across tenants; it reads their age only.
    await db.query(`
      CREATE POLICY idempotency_request_housekeeping ON idempotency_request FOR DELETE TO orion_orchestrator
        USING (created_at < now() - interval '24 hours')`);
    await db.query(`
      CREATE POLICY idempotency_request_housekeeping_read ON idempotency_request FOR SELECT TO orion_orchestrator
        USING (created_at < now() - interval '24 hours')`);
    await db.query(`ALTER TABLE tenant ENABLE ROW LEVEL SECURITY`);
    await db.query(`ALTER TABLE tenant FORCE ROW LEVEL SECURITY`);
    await db.query(`
      CREATE POLICY tenant_of_tenant ON tenant TO orion_gateway
        USING (id = orion_tenant() OR orion_platform()) WITH CHECK (orion_platform())`);
    await db.query(`CREATE POLICY tenant_of_orchestrator ON tenant FOR SELECT TO orion_orchestrator USING (true)`);

    await db.query(`GRANT USAGE ON SCHEMA public TO orion_gateway, orion_orchestrator`);
    await db.query(`GRANT EXECUTE ON FUNCTION orion_find_api_key(text) TO orion_gateway`);
    await db.query(`GRANT SELECT, INSERT ON installation TO orion_gateway, orion_orchestrator`);
    await db.query(`GRANT SELECT, INSERT, UPDATE ON tenant, api_key TO orion_gateway`);
    await db.query(`GRANT SELECT ON tenant TO orion_orchestrator`);
    await db.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_request TO orion_gateway`);
    await db.query(`GRANT SELECT (created_at), DELETE ON idempotency_request TO orion_orchestrator`);
    await db.query(`GRANT SELECT, INSERT ON audit_event TO orion_gateway, orion_orchestrator`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE audit_event, idempotency_request, api_key CASCADE`);
    await db.query(`DROP FUNCTION orion_find_api_key(text)`);
    await db.query(`DROP TABLE tenant, installation`);
    await db.query(`DROP FUNCTION orion_platform()`);
    await db.query(`DROP FUNCTION orion_tenant()`);
    await db.query(`REVOKE ALL ON SCHEMA public FROM orion_gateway, orion_orchestrator`);
  }
}
