import { randomUUID } from 'node:crypto';

import { createTestDatabase } from '@orion/testing';
import { Client } from 'pg';

import { migrate } from './migrate';
import { CROSS_TENANT_TABLES, TABLE_CLASSES, tablesOf, type TableName } from './table-classes';

const RED = randomUUID();
const BLUE = randomUUID();
const ROLES = ['orion_gateway', 'orion_orchestrator'] as const;
type ServiceRole = (typeof ROLES)[number];

/** Ids that the rows of one tenant share, so that foreign keys hold. */
interface Shared {
  readonly tenant_id: string;
  readonly site_id: string;
  readonly blueprint_id: string;
  readonly range_id: string;
  readonly job_id: string;
}
const SITE = randomUUID();
const sharedOf = (tenant: string): Shared => ({
  tenant_id: tenant,
  site_id: SITE,
  blueprint_id: randomUUID(),
  range_id: randomUUID(),
  job_id: randomUUID(),
});
const IDS: Partial<Record<TableName, keyof Shared>> = {
  tenant: 'tenant_id',
  site: 'site_id',
  blueprint: 'blueprint_id',
  range: 'range_id',
  job: 'job_id',
};
const STATES: Partial<Record<TableName, string>> = {
  baseline: 'ready',
  range: 'ready',
  range_node: 'running',
  job: 'succeeded',
  step: 'ready',
  command: 'pending',
};
const FITTING: Readonly<Record<string, unknown>> = {
  'api_key.role': 'viewer',
  'baseline.mode': 'disk',
  'range.desired_state': 'running',
  'site.vm_id_first': 100,
  'site.vm_id_last': 200,
  'site_drift.kind': 'orphan',
  'site_template.os': 'linux',
  'vnet_allocation.vnet': 'onet1',
};
const PARENTS_FIRST: readonly TableName[] = ['tenant', 'site', 'blueprint', 'blueprint_revision', 'range', 'job'];

interface Column {
  readonly table: TableName;
  readonly name: string;
  readonly type: string;
}

let owner: Client;
let columns: readonly Column[];

beforeAll(async () => {
  const { url } = await createTestDatabase({ migrate });
  owner = new Client({ connectionString: url });
  await owner.connect();
  columns = (
    await owner.query<Column>(
      `SELECT table_name AS table, column_name AS name, data_type AS type FROM information_schema.columns
        WHERE table_schema = 'public'
          AND (column_name IN ('tenant_id', 'bridge') OR (is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'))`,
    )
  ).rows;
  const red = sharedOf(RED);
  const blue = sharedOf(BLUE);
  for (const shared of [red, blue]) {
    for (const table of [...PARENTS_FIRST, ...tablesOf('tenant').filter((name) => !PARENTS_FIRST.includes(name))]) {
      if (table !== 'site' || shared === red) await insert(table, shared);
    }
  }
  // The site is open to red alone.
  for (const table of tablesOf('site').filter((name) => name !== 'site')) await insert(table, red);
});

afterAll(() => owner.end());

function valueOf({ table, name, type }: Column, shared: Shared): unknown {
  const fitting = FITTING[`${table}.${name}`];
  if (fitting !== undefined) return fitting;
  if (name === 'id') return shared[IDS[table] as keyof Shared] ?? randomUUID();
  if (name in shared) return shared[name as keyof Shared];
  if (name === 'state') return STATES[table] ?? 'x';
  switch (type) {
    case 'uuid':
      return randomUUID();
    case 'integer':
    case 'bigint':
      return 1;
    case 'boolean':
      return false;
    case 'jsonb':
    case 'ARRAY':
      return '{}';
    case 'timestamp with time zone':
      return new Date();
    default:
      return `of ${shared.tenant_id}`;
  }
}

async function insert(table: TableName, shared: Shared): Promise<void> {
  const filled = columns.filter((column) => column.table === table);
  const names = filled.map(({ name }) => name).join(', ');
  const marks = filled.map((_, i) => `$${i + 1}`).join(', ');
  await owner.query(
    `INSERT INTO ${table} (${names}) VALUES (${marks})`,
    filled.map((column) => valueOf(column, shared)),
  );
}

interface As {
  readonly role: ServiceRole;
  readonly tenant?: string;
}

/** Runs `work` as a service would, in a transaction that leaves nothing behind; a refusal by PostgreSQL is 'refused'. */
async function as<T>({ role, tenant }: As, work: () => Promise<T>): Promise<T | 'refused'> {
  await owner.query('BEGIN');
  try {
    await owner.query(`SET LOCAL ROLE ${role}`);
    if (tenant) await owner.query(`SELECT set_config('orion.tenant', $1, true)`, [tenant]);
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return 'refused';
    throw error;
  } finally {
    await owner.query('ROLLBACK');
  }
}

const rowsSeen = (who: As, table: TableName) =>
  as(who, async () => Number((await owner.query<{ n: string }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n));
const rowsChanged = (who: As, sql: string, values: readonly unknown[] = []) =>
  as(who, async () => (await owner.query(sql, [...values])).rowCount);
const nothing = (outcome: unknown) => expect([0, 'refused']).toContain(outcome);

const TENANT_TABLES = tablesOf('tenant');
const isolated = ROLES.flatMap((role) =>
  TENANT_TABLES.filter((table) => role === 'orion_gateway' || !CROSS_TENANT_TABLES.some((name) => name === table)).map(
    (table) => [role, table] as const,
  ),
);

describe.each(isolated)('%s and the table %s', (role, table) => {
  test('without a tenant it sees no row', async () => {
    nothing(await rowsSeen({ role }, table));
  });

  test('it sees the rows of its tenant and no other', async () => {
    const seen = await rowsSeen({ role, tenant: RED }, table);
    // Answers to repeated requests are shown to the orchestrator by their age alone, and only once they have expired.
    // It has no business with keys.
    const hidden = role === 'orion_orchestrator' && ['api_key', 'idempotency_request'].includes(table);
    if (hidden) expect([0, 1, 'refused']).toContain(seen);
    else expect(seen).toBe(1);
  });

  test("it can neither change nor delete another tenant's rows, nor give rows away", async () => {
    const red = { role, tenant: RED };
    nothing(await rowsChanged(red, `UPDATE ${table} SET tenant_id = tenant_id WHERE tenant_id = $1`, [BLUE]));
    nothing(await rowsChanged(red, `DELETE FROM ${table} WHERE tenant_id = $1`, [BLUE]));
    expect(await rowsChanged(red, `UPDATE ${table} SET tenant_id = $1`, [BLUE])).toBe('refused');
  });

  test('it cannot insert a row for another tenant', async () => {
    expect(await as({ role, tenant: RED }, () => insert(table, sharedOf(BLUE)))).toBe('refused');
  });
});

test('the orchestrator crosses tenants exactly in the tables that it schedules from', async () => {
  const crossed: TableName[] = [];
  for (const table of TENANT_TABLES) {
    if ((await rowsSeen({ role: 'orion_orchestrator' }, table)) === 2) crossed.push(table);
  }
  expect(crossed).toEqual([...CROSS_TENANT_TABLES]);
});

test('the orchestrator deletes expired answers of every tenant, and no others', async () => {
  const orchestrator = { role: 'orion_orchestrator' } as const;
  expect(await rowsChanged(orchestrator, `DELETE FROM idempotency_request`)).toBe(0);
  await owner.query(`UPDATE idempotency_request SET created_at = now() - interval '25 hours' WHERE tenant_id = $1`, [
    BLUE,
  ]);
  expect(await rowsChanged(orchestrator, `DELETE FROM idempotency_request`)).toBe(1);
});

describe.each(tablesOf('site').map((table) => [table]))('the gateway and the table %s', (table) => {
  test('a tenant to which the site was not opened sees nothing of it', async () => {
    nothing(await rowsSeen({ role: 'orion_gateway', tenant: BLUE }, table));
    nothing(await rowsSeen({ role: 'orion_gateway' }, table));
  });

  test('a tenant changes nothing of a site, even of one that is open to it', async () => {
    const red = { role: 'orion_gateway', tenant: RED } as const;
    const column = table === 'site' ? 'id' : 'site_id';
    nothing(await rowsChanged(red, `UPDATE ${table} SET ${column} = ${column}`));
    expect(await as(red, () => insert(table, { ...sharedOf(RED), site_id: randomUUID() }))).toBe('refused');
  });
});

test('a tenant sees of the tenants itself alone, and makes none', async () => {
  expect(await rowsSeen({ role: 'orion_gateway', tenant: RED }, 'tenant')).toBe(1);
  expect(await rowsSeen({ role: 'orion_gateway' }, 'tenant')).toBe(0);
  expect(await as({ role: 'orion_gateway', tenant: RED }, () => insert('tenant', sharedOf(randomUUID())))).toBe(
    'refused',
  );
});

test('a key is found by its id before its tenant is known, by the gateway alone', async () => {
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM api_key WHERE tenant_id = $1', [RED]);
  const find = (role: ServiceRole) => rowsChanged({ role }, 'SELECT * FROM orion_find_api_key($1)', [rows[0]?.id]);
  expect(await find('orion_gateway')).toBe(1);
  expect(await find('orion_orchestrator')).toBe('refused');
});

test('every table is listed in its class', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition`,
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(TABLE_CLASSES).sort());
});

test('every table of a tenant or a site has row-level security enabled and forced', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity`,
  );
  const secured = rows.map(({ name }) => name);
  expect([...tablesOf('tenant'), ...tablesOf('site')].filter((table) => !secured.includes(table))).toEqual([]);
});

test('no service role may pass by the policies', async () => {
  const { rows } = await owner.query(
    `SELECT rolname FROM pg_roles WHERE rolname = ANY ($1) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)`,
    [ROLES],
  );
  expect(rows).toEqual([]);
});

test.each(ROLES)('%s makes no tables and switches no policy off', async (role) => {
  expect(await rowsChanged({ role }, 'CREATE TABLE stolen (id int)')).toBe('refused');
  expect(await rowsChanged({ role }, 'ALTER TABLE job DISABLE ROW LEVEL SECURITY')).toBe('refused');
  expect(await rowsChanged({ role }, 'TRUNCATE outbox')).toBe('refused');
});

test.each(ROLES)('%s reads no partition past the policies of its parent', async (role) => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relispartition AND relkind = 'r'`,
  );
  expect(rows.length).toBeGreaterThanOrEqual(12);
  for (const { name } of rows) expect(await rowsChanged({ role, tenant: RED }, `SELECT FROM ${name}`)).toBe('refused');
});
