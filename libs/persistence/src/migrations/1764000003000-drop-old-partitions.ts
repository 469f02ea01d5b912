import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets the orchestrator drop months that are past their retention, although it owns no table. Additive: the previous release
 * does not call it.
 */
export class DropOldPartitions1764000003000 implements MigrationInterface {
  readonly name = 'DropOldPartitions1764000003000';

  async up(db: QueryRunner): Promise<void> {
    // A month stays whole while a job that began before its end is open, or a command in it.
    await db.query(`
      CREATE FUNCTION orion_drop_partitions(parent text, keep_from timestamptz) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      DECLARE
        partition text;
        after timestamptz;
        open boolean;
        dropped integer := 0;
      BEGIN
        IF parent NOT IN ('event', 'command', 'audit_event') THEN
          RAISE EXCEPTION 'There is no retention for %', parent;
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('orion-create-partitions'));
        FOR partition IN
          SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
           WHERE i.inhparent = format('public.%I', parent)::regclass AND c.relname ~ ('^' || parent || '_[0-9]{6}$')
           ORDER BY c.relname
        LOOP
          after := (to_timestamp(right(partition, 6), 'YYYYMM')::timestamp + interval '1 month') AT TIME ZONE 'UTC';
          EXIT WHEN after > keep_from;
          IF parent <> 'audit_event' THEN
            SELECT EXISTS (SELECT 1 FROM public.job WHERE state IN ('pending', 'running') AND created_at < after) INTO open;
            CONTINUE WHEN open;
          END IF;
          IF parent = 'command' THEN
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I WHERE state <> ''ended'')', partition) INTO open;
            CONTINUE WHEN open;
          END IF;
          EXECUTE format('DROP TABLE public.%I', partition);
          dropped := dropped + 1;
        END LOOP;
        RETURN dropped;
      END $$`);
    await db.query(`REVOKE ALL ON FUNCTION orion_drop_partitions(text, timestamptz) FROM PUBLIC`);
    await db.query(`GRANT EXECUTE ON FUNCTION orion_drop_partitions(text, timestamptz) TO orion_orchestrator`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP FUNCTION orion_drop_partitions(text, timestamptz)`);
  }
}
