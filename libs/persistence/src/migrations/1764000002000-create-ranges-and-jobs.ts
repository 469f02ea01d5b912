import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEDULED = ['range', 'range_node', 'range_network', 'job', 'step', 'command'];
const TENANT_ONLY = ['blueprint', 'blueprint_revision', 'range_snapshot', 'event'];

/**
 * Blueprints, ranges, jobs with their steps and commands, events and the outbox.
 *
 * The orchestrator reaches across tenants only in the tables it schedules from; in the others it sets the tenant first.
 */
export class CreateRangesAndJobs1764000002000 implements MigrationInterface {
  readonly name = 'CreateRangesAndJobs1764000002000';

  async up(db: QueryRunner): Promise<void> {
    await this.createBlueprints(db);
    await this.createRanges(db);
    await this.createJobs(db);
    await this.createQueuePosition(db);
    await this.createStreams(db);
    await this.secure(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP FUNCTION orion_create_partitions(timestamptz, integer)`);
    await db.query(`DROP FUNCTION orion_queue_position(uuid)`);
    await db.query(`
      DROP TABLE outbox, event, command, step, job, range_snapshot, range_network, range_node, range,
        blueprint_revision, blueprint CASCADE`);
  }

  private async createBlueprints(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE blueprint (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        name text NOT NULL,
        latest_revision integer NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz,
        CONSTRAINT blueprint_in_tenant UNIQUE (tenant_id, id)
      )`);
    await db.query(`CREATE UNIQUE INDEX blueprint_name ON blueprint (tenant_id, name) WHERE deleted_at IS NULL`);
    await db.query(`
      CREATE TABLE blueprint_revision (
        tenant_id uuid NOT NULL,
        blueprint_id uuid NOT NULL,
        revision integer NOT NULL,
        digest text NOT NULL,
        schema_version integer NOT NULL,
        media_type text NOT NULL,
        source text NOT NULL,
        normalised jsonb NOT NULL,
        node_count integer NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (blueprint_id, revision),
        CONSTRAINT blueprint_revision_of_blueprint FOREIGN KEY (tenant_id, blueprint_id) REFERENCES blueprint (tenant_id, id)
      )`);
  }

  private async createRanges(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE range (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        name text NOT NULL,
        blueprint_id uuid NOT NULL,
        revision integer NOT NULL,
        site_id uuid NOT NULL REFERENCES site (id),
        state text NOT NULL,
        desired_state text NOT NULL,
        last_event_number bigint NOT NULL DEFAULT 0,
        version integer NOT NULL DEFAULT 1,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        changed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT range_in_tenant UNIQUE (tenant_id, id),
        CONSTRAINT range_of_blueprint FOREIGN KEY (tenant_id, blueprint_id) REFERENCES blueprint (tenant_id, id),
        CONSTRAINT range_of_revision FOREIGN KEY (blueprint_id, revision) REFERENCES blueprint_revision (blueprint_id, revision),
        CONSTRAINT range_state CHECK (state IN ('deploying', 'ready', 'stopped', 'degraded', 'quarantined', 'destroying', 'destroyed')),
        CONSTRAINT range_desired_state CHECK (desired_state IN ('running', 'stopped', 'destroyed'))
      )`);
    await db.query(`CREATE UNIQUE INDEX range_name ON range (tenant_id, name) WHERE state <> 'destroyed'`);
    await db.query(`CREATE INDEX range_of_site ON range (site_id) WHERE state <> 'destroyed'`);

    await db.query(`
      CREATE TABLE range_node (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        range_id uuid NOT NULL,
        site_id uuid NOT NULL REFERENCES site (id),
        ordinal integer NOT NULL,
        name text NOT NULL,
        state text NOT NULL,
        host text NOT NULL,
        storage text NOT NULL,
        vm_id integer NOT NULL,
        memory_mib integer NOT NULL,
        spec jsonb NOT NULL,
        interfaces jsonb NOT NULL DEFAULT '[]',
        observed_addresses text[] NOT NULL DEFAULT '{}',
        changed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT range_node_name UNIQUE (range_id, name),
        CONSTRAINT range_node_in_range FOREIGN KEY (tenant_id, range_id) REFERENCES range (tenant_id, id),
        CONSTRAINT range_node_state CHECK (state IN
          ('planned', 'creating', 'stopped', 'starting', 'running', 'stopping', 'destroyed', 'unknown'))
      )`);
    await db.query(`CREATE INDEX range_node_on_host ON range_node (site_id, host) WHERE state <> 'destroyed'`);

    await db.query(`
      CREATE TABLE range_network (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        range_id uuid NOT NULL,
        name text NOT NULL,
        cidr text NOT NULL,
        gateway text,
        egress text NOT NULL,
        bridge text NOT NULL,
        vlan_tag integer NOT NULL,
        CONSTRAINT range_network_name UNIQUE (range_id, name),
        CONSTRAINT range_network_in_range FOREIGN KEY (tenant_id, range_id) REFERENCES range (tenant_id, id)
      )`);

    await db.query(`
      CREATE TABLE range_snapshot (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        range_id uuid NOT NULL,
        node text NOT NULL,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        memory boolean NOT NULL DEFAULT false,
        job_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT range_snapshot_name UNIQUE (range_id, node, name),
        CONSTRAINT range_snapshot_in_range FOREIGN KEY (tenant_id, range_id) REFERENCES range (tenant_id, id)
      )`);
  }

  private async createJobs(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE job (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        range_id uuid,
        site_id uuid NOT NULL REFERENCES site (id),
        kind text NOT NULL,
        kind_version integer NOT NULL DEFAULT 1,
        state text NOT NULL,
        attempt integer NOT NULL DEFAULT 1,
        params jsonb NOT NULL DEFAULT '{}',
        phase text NOT NULL DEFAULT 'plan',
        steps_total integer NOT NULL DEFAULT 0,
        steps_done integer NOT NULL DEFAULT 0,
        steps_failed integer NOT NULL DEFAULT 0,
        error jsonb,
        result jsonb,
        cancel_requested_at timestamptz,
        deadline_at timestamptz NOT NULL,
        due_at timestamptz,
        last_event_number bigint NOT NULL DEFAULT 0,
        traceparent text,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        ended_at timestamptz,
        changed_at timestamptz NOT NULL DEFAULT now(),
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT job_in_tenant UNIQUE (tenant_id, id),
        CONSTRAINT job_of_range FOREIGN KEY (tenant_id, range_id) REFERENCES range (tenant_id, id),
        CONSTRAINT job_state CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
        CONSTRAINT job_phase CHECK (phase IN ('plan', 'forward', 'drain', 'compensate', 'ended'))
      )`);
    // Two changes of one range at a time are refused by the database, not by a check before the insert.
    await db.query(`
      CREATE UNIQUE INDEX job_one_changing_per_range ON job (range_id)
        WHERE range_id IS NOT NULL AND state IN ('pending', 'running')`);
    await db.query(`CREATE INDEX job_active ON job (site_id, created_at, id) WHERE state IN ('pending', 'running')`);
    await db.query(`CREATE INDEX job_deadline ON job (deadline_at) WHERE state IN ('pending', 'running')`);
    await db.query(`CREATE INDEX job_list ON job (tenant_id, id)`);
    await db.query(`CREATE INDEX job_of_range_list ON job (range_id, id)`);

    await db.query(`
      CREATE TABLE step (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        job_id uuid NOT NULL,
        range_id uuid,
        site_id uuid NOT NULL REFERENCES site (id),
        ordinal integer NOT NULL,
        phase text NOT NULL DEFAULT 'forward',
        kind text NOT NULL,
        kind_version integer NOT NULL DEFAULT 1,
        subject text NOT NULL,
        target text NOT NULL,
        state text NOT NULL,
        waiting_on integer NOT NULL DEFAULT 0,
        successors uuid[] NOT NULL DEFAULT '{}',
        attempt integer NOT NULL DEFAULT 0,
        first_attempt integer NOT NULL DEFAULT 0,
        max_attempts integer NOT NULL,
        host text,
        storage text,
        expected_ms integer NOT NULL,
        tail_ms integer NOT NULL,
        timeout_ms integer NOT NULL,
        payload jsonb NOT NULL,
        due_at timestamptz,
        command_id uuid,
        sequence bigint,
        error jsonb,
        result jsonb,
        dispatched_at timestamptz,
        started_at timestamptz,
        ended_at timestamptz,
        CONSTRAINT step_of_job FOREIGN KEY (tenant_id, job_id) REFERENCES job (tenant_id, id),
        CONSTRAINT step_order UNIQUE (job_id, ordinal),
        CONSTRAINT step_state CHECK (state IN
          ('waiting', 'ready', 'dispatched', 'running', 'succeeded', 'failed', 'skipped', 'cancelled', 'unknown')),
        CONSTRAINT step_phase CHECK (phase IN ('forward', 'compensate'))
      )`);
    await db.query(`CREATE INDEX step_ready ON step (site_id, tail_ms DESC) WHERE state = 'ready'`);
    // Whether a job still has anything to do is asked at every fact about it once a step has failed.
    await db.query(
      `CREATE INDEX step_active ON step (job_id, phase) WHERE state IN ('ready', 'dispatched', 'running')`,
    );
    await db.query(
      `CREATE INDEX step_in_flight ON step (site_id, dispatched_at) WHERE state IN ('dispatched', 'running')`,
    );

    await db.query(`
      CREATE TABLE command (
        id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        job_id uuid NOT NULL,
        step_id uuid NOT NULL,
        site_id uuid NOT NULL,
        target text NOT NULL,
        sequence bigint NOT NULL,
        attempt integer NOT NULL,
        kind text NOT NULL,
        kind_version integer NOT NULL,
        envelope jsonb NOT NULL,
        state text NOT NULL,
        expires_at timestamptz NOT NULL,
        sent_at timestamptz,
        acknowledged_at timestamptz,
        ended_at timestamptz,
        last_event_number integer NOT NULL DEFAULT 0,
        task_handle text,
        outcome jsonb,
        cancel_sequence bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (id, created_at),
        CONSTRAINT command_state CHECK (state IN ('pending', 'acknowledged', 'cancelling', 'ended'))
      ) PARTITION BY RANGE (created_at)`);
    await db.query(`CREATE TABLE command_default PARTITION OF command DEFAULT`);
    await db.query(`CREATE INDEX command_open ON command (site_id, created_at) WHERE state <> 'ended'`);
    await db.query(`CREATE INDEX command_of_step ON command (step_id)`);
  }

  /**
   * A pending job is told how many must end before it begins; whose they are stays hidden. Null unless it is pending and
   * of the tenant that asks.
   */
  private async createQueuePosition(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION orion_queue_position(of_job uuid) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog, public AS
      $$ SELECT greatest(0,
                  (SELECT count(*) FROM public.job r WHERE r.site_id = j.site_id AND r.state = 'running')
                + (SELECT count(*) FROM public.job o WHERE o.site_id = j.site_id AND o.state = 'pending'
                                                       AND (o.created_at, o.id) < (j.created_at, j.id))
                - s.running_jobs_limit + 1)::integer
           FROM public.job j JOIN public.site s ON s.id = j.site_id
          WHERE j.id = of_job AND j.state = 'pending' AND j.tenant_id = public.orion_tenant() $$`);
    await db.query(`REVOKE ALL ON FUNCTION orion_queue_position(uuid) FROM PUBLIC`);
    await db.query(`GRANT EXECUTE ON FUNCTION orion_queue_position(uuid) TO orion_gateway`);
  }

  private async createStreams(db: QueryRunner): Promise<void> {
    // stream_id is the range's id, or the job's for jobs without a range.
    await db.query(`
      CREATE TABLE event (
        stream_id uuid NOT NULL,
        number bigint NOT NULL,
        tenant_id uuid NOT NULL,
        range_id uuid,
        job_id uuid,
        step_id uuid,
        type text NOT NULL,
        data jsonb NOT NULL DEFAULT '{}',
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (stream_id, number, at)
      ) PARTITION BY RANGE (at)`);
    await db.query(`CREATE INDEX event_of_job ON event (job_id, number)`);
    await db.query(`CREATE TABLE event_default PARTITION OF event DEFAULT`);

    await db.query(`
      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id uuid NOT NULL,
        job_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await db.query(`CREATE INDEX outbox_of_job ON outbox (job_id)`);

    // Months are made ahead, so that retention drops whole partitions. Rows of a month that was not made in time wait in
    // the default partition and move to their month when it is made.
    await db.query(`
      CREATE FUNCTION orion_create_partitions(from_month timestamptz, months integer) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      DECLARE
        parent text;
        key text;
        partition text;
        first timestamptz;
        after timestamptz;
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('orion-create-partitions'));
        FOREACH parent IN ARRAY ARRAY['event', 'command', 'audit_event'] LOOP
          key := CASE parent WHEN 'command' THEN 'created_at' ELSE 'at' END;
          FOR i IN 0 .. months - 1 LOOP
            first := (date_trunc('month', from_month AT TIME ZONE 'UTC') + make_interval(months => i)) AT TIME ZONE 'UTC';
            after := ((first AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
            partition := parent || to_char(first AT TIME ZONE 'UTC', '_YYYYMM');
            CONTINUE WHEN to_regclass(format('public.%I', partition)) IS NOT NULL;
            EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', partition, parent);
            EXECUTE format('WITH moved AS (DELETE FROM public.%I WHERE %I >= %L AND %I < %L RETURNING *)
                            INSERT INTO public.%I SELECT * FROM moved',
              parent || '_default', key, first, key, after, partition);
            EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
              parent, partition, first, after);
          END LOOP;
        END LOOP;
      END $$`);
    await db.query(`REVOKE ALL ON FUNCTION orion_create_partitions(timestamptz, integer) FROM PUBLIC`);
    await db.query(`GRANT EXECUTE ON FUNCTION orion_create_partitions(timestamptz, integer) TO orion_orchestrator`);
    await db.query(`SELECT orion_create_partitions(now(), 3)`);
  }

  private async secure(db: QueryRunner): Promise<void> {
    for (const table of [...SCHEDULED, ...TENANT_ONLY, 'outbox']) {
      await db.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
      await db.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
      await db.query(`
        CREATE POLICY ${table}_of_tenant ON ${table} TO orion_gateway
          USING (tenant_id = orion_tenant()) WITH CHECK (tenant_id = orion_tenant())`);
    }
    for (const table of [...SCHEDULED, 'outbox']) {
      await db.query(
        `CREATE POLICY ${table}_of_orchestrator ON ${table} TO orion_orchestrator USING (true) WITH CHECK (true)`,
      );
    }
    for (const table of TENANT_ONLY) {
      await db.query(`
        CREATE POLICY ${table}_for_orchestrator ON ${table} TO orion_orchestrator
          USING (tenant_id = orion_tenant()) WITH CHECK (tenant_id = orion_tenant())`);
    }
    await db.query(`GRANT SELECT, INSERT, UPDATE ON blueprint, range, job, range_snapshot TO orion_gateway`);
    await db.query(`GRANT SELECT, INSERT ON blueprint_revision, event TO orion_gateway`);
    await db.query(`GRANT SELECT ON range_node, range_network, step, command TO orion_gateway`);
    await db.query(`GRANT SELECT, INSERT, DELETE ON outbox TO orion_gateway, orion_orchestrator`);
    await db.query(`GRANT SELECT ON blueprint, blueprint_revision TO orion_orchestrator`);
    await db.query(`
      GRANT SELECT, INSERT, UPDATE, DELETE ON range, range_node, range_network, range_snapshot, job, step, command
        TO orion_orchestrator`);
    await db.query(`GRANT SELECT, INSERT ON event TO orion_orchestrator`);
  }
}
