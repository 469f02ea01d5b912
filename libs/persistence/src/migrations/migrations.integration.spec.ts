import { createTestDatabase } from '@orion/testing';
import type { DataSource, QueryRunner } from 'typeorm';

import { createDataSource } from '../database/connection';
import { migrate } from '../database/migrate';
import { MIGRATIONS } from '.';

const ALL = MIGRATIONS.map((migration) => new migration());

const onEmptyDatabase = async (use: (db: QueryRunner, source: DataSource) => Promise<void>) => {
  const { url } = await createTestDatabase();
  const source = await createDataSource({ url, applicationName: 'migrations-spec', timeoutMs: 0 }).initialize();
  const db = source.createQueryRunner();
  try {
    await use(db, source);
  } finally {
    await db.release();
    await source.destroy();
  }
};

/**
 * Everything that a migration can make, as lines of text: tables, columns, constraints, indexes, policies, functions,
 * grants. Without the partitions of months: those of the audit outlive a `down`, as their rows do.
 */
const schemaOf = async (db: QueryRunner): Promise<readonly string[]> => {
  const rows = (await db.query(`
    SELECT concat_ws(' ', 'column', c.oid::regclass, c.relkind, c.relrowsecurity, c.relforcerowsecurity, a.attname,
                     format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid)) AS line
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
    UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', 'policy', tablename, policyname, roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT concat_ws(' ', 'grant', oid::regclass, relacl) FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    UNION ALL SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), proacl) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    ORDER BY line`)) as { line: string }[];
  return rows.map(({ line }) => line).filter((line) => !/_\d{6}(_|\b)/.test(line));
};

test.each(ALL.map((migration, index) => [migration.name, index] as const))(
  '%s runs up, down to exactly what was before, and up to exactly what it made',
  (_name, index) =>
    onEmptyDatabase(async (db) => {
      for (const earlier of ALL.slice(0, index)) await earlier.up(db);
      const before = await schemaOf(db);
      await ALL[index]?.up(db);
      const after = await schemaOf(db);
      expect(after).not.toEqual(before);

      await ALL[index]?.down(db);
      expect(await schemaOf(db)).toEqual(before);

      await ALL[index]?.up(db);
      expect(await schemaOf(db)).toEqual(after);
    }),
);

test('all of them run up, down to nothing, and up again', () =>
  onEmptyDatabase(async (db, source) => {
    await source.runMigrations({ transaction: 'each' });
    const made = await schemaOf(db);

    for (const _ of ALL) await source.undoLastMigration({ transaction: 'each' });
    const left = await schemaOf(db);
    expect(left.filter((line) => !line.includes('schema_migration'))).toEqual([]);

    await source.runMigrations({ transaction: 'each' });
    expect(await schemaOf(db)).toEqual(made);
  }));

test('three that migrate at once run each migration once, and a later one runs none', async () => {
  const { url } = await createTestDatabase();

  const ran = await Promise.all([migrate(url), migrate(url), migrate(url)]);

  expect(ran.flat().sort()).toEqual(ALL.map(({ name }) => name).sort());
  expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
  expect(await migrate(url)).toEqual([]);
});

test('partitions are made months ahead, once, and take the rows of their month, also those that came before them', () =>
  onEmptyDatabase(async (db, source) => {
    await source.runMigrations({ transaction: 'each' });
    for (let i = 0; i < 2; i++) await db.query(`SELECT orion_create_partitions('2031-12-15T00:00:00Z', 2)`);
    const id = '6f1c2f0e-7b7e-4a55-9d3c-0b8b2a0f8a10';
    const insert = `INSERT INTO event (stream_id, number, tenant_id, type, at) VALUES ($1, $2, $1, 'x', $3) RETURNING tableoid::regclass AS partition`;

    expect(await db.query(insert, [id, 1, '2031-12-31T23:59:59.999Z'])).toEqual([{ partition: 'event_203112' }]);
    expect(await db.query(insert, [id, 2, '2032-01-01T00:00:00Z'])).toEqual([{ partition: 'event_203201' }]);
    expect(await db.query(insert, [id, 3, '2050-01-01T00:00:00Z'])).toEqual([{ partition: 'event_default' }]);

    await db.query(`SELECT orion_create_partitions('2050-01-01T00:00:00Z', 1)`);
    expect(await db.query(`SELECT tableoid::regclass AS partition FROM event WHERE number = 3`)).toEqual([
      { partition: 'event_205001' },
    ]);
  }));
