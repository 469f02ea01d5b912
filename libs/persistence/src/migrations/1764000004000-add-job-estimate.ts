import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keeps when a running job should end, and finds the last jobs of a site, from which step times are measured. Additive: the
 * previous release ignores both.
 */
export class AddJobEstimate1764000004000 implements MigrationInterface {
  readonly name = 'AddJobEstimate1764000004000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE job ADD COLUMN estimated_end_at timestamptz, ADD COLUMN estimated_at timestamptz`);
    await db.query(`CREATE INDEX job_ended ON job (site_id, ended_at) WHERE state = 'succeeded'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX job_ended`);
    await db.query(`ALTER TABLE job DROP COLUMN estimated_end_at, DROP COLUMN estimated_at`);
  }
}
