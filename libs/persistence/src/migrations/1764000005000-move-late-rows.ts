import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Gives rows that were written while nobody made months their month, so that retention finds them. Additive: the previous
 * release does not call it.
 */
export class MoveLateRows1764000005000 implements MigrationInterface {
  readonly name = 'MoveLateRows1764000005000';

  async up(db: QueryRunner): Promise<void> {
    // One month at a time: reading the tables waits for it. What claims to be of the future stays where it is.
    await db.query(`
      CREATE FUNCTION orion_move_late_rows(until timestamptz) RETURNS timestamptz
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
      DECLARE
        late timestamptz;
      BEGIN
        SELECT min(at) INTO late FROM (
          SELECT min(at) AS at FROM public.event_default WHERE at <= until
          UNION ALL SELECT min(created_at) FROM public.command_default WHERE created_at <= until
          UNION ALL SELECT min(at) FROM public.audit_event_default WHERE at <= until) oldest;
        IF late IS NOT NULL THEN
          PERFORM public.orion_create_partitions(late, 1);
        END IF;
        RETURN late;
      END $$`);
    await db.query(`REVOKE ALL ON FUNCTION orion_move_late_rows(timestamptz) FROM PUBLIC`);
    await db.query(`GRANT EXECUTE ON FUNCTION orion_move_late_rows(timestamptz) TO orion_orchestrator`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP FUNCTION orion_move_late_rows(timestamptz)`);
  }
}
