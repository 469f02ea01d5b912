import { Client } from 'pg';
import { createTestDatabase } from './test-database';

let migrations = 0;

async function migrate(url: string): Promise<void> {
  migrations += 1;
  await query(url, 'CREATE TABLE job (id int)');
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('each test database is a copy of one migrated template', async () => {
  const template = 'copies';
  const [first, second] = await Promise.all([
    createTestDatabase({ migrate, template }),
    createTestDatabase({ migrate, template }),
  ]);
  await query(first.url, 'INSERT INTO job VALUES (1)');

  expect(migrations).toBe(1);
  expect(await query(first.url, 'SELECT * FROM job')).toHaveLength(1);
  expect(await query(second.url, 'SELECT * FROM job')).toHaveLength(0);
});

test('a database without a migration is empty', async () => {
  const { url } = await createTestDatabase();

  expect(await query(url, `SELECT FROM pg_tables WHERE schemaname = 'public'`)).toHaveLength(0);
});

test('the name tells the file that the database belongs to', async () => {
  expect((await createTestDatabase()).name).toMatch(/^orion_test_test_database_[0-9a-f]{6}$/);
});
