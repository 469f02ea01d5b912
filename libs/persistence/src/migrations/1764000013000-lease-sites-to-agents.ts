import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An agent that takes the place of another one begins changes only when that one's lease is over. */
export class LeaseSitesToAgents1764000013000 implements MigrationInterface {
  readonly name = 'LeaseSitesToAgents1764000013000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE site_agent ADD COLUMN journal_id text, ADD COLUMN acts_after timestamptz`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE site_agent DROP COLUMN journal_id, DROP COLUMN acts_after`);
  }
}
