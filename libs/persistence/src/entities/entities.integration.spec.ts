import { createTestDatabase } from '@orion/testing';
import type { DataSource } from 'typeorm';

import { createDataSource } from '../database/connection';
import { migrate } from '../database/migrate';
import { TABLE_CLASSES } from '../database/table-classes';
import { ENTITIES } from '.';

const connect = async (): Promise<DataSource> => {
  const { url } = await createTestDatabase({ migrate });
  return createDataSource({ url, applicationName: 'entities-spec', poolSize: 2, timeoutMs: 0 }).initialize();
};
const missingStatements = async (source: DataSource) =>
  (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

test('the entities say exactly what the migrations make', async () => {
  const source = await connect();
  try {
    expect(await missingStatements(source)).toEqual([]);
    expect(ENTITIES).toHaveLength(Object.keys(TABLE_CLASSES).length - 1); // schema_migration is TypeORM's own
  } finally {
    await source.destroy();
  }
});

test.each([
  ['a column that no entity has', 'ALTER TABLE job ADD COLUMN surprise text', /DROP COLUMN "surprise"/],
  ['a column that only an entity has', 'ALTER TABLE step DROP COLUMN due_at', /ADD "due_at"/],
  ['an index on a partitioned table', 'DROP INDEX command_open', /CREATE INDEX "command_open"/],
  ['a foreign key', 'ALTER TABLE range DROP CONSTRAINT range_of_blueprint', /ADD CONSTRAINT "range_of_blueprint"/],
])('a difference is seen: %s', async (_difference, change, statement) => {
  const source = await connect();
  try {
    await source.query(change);
    expect(await missingStatements(source)).toContainEqual(expect.stringMatching(statement));
  } finally {
    await source.destroy();
  }
});
