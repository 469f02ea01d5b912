import { randomUUID } from 'node:crypto';

import { createTestDatabase } from '@orion/testing';
import { Client } from 'pg';

import { migrate } from '../database/migrate';

const [RED, BLUE] = [randomUUID(), randomUUID()];
const [OPEN, CLOSED] = [randomUUID(), randomUUID()];
let owner: Client;

beforeAll(async () => {
  const { url } = await createTestDatabase({ migrate });
  owner = new Client({ connectionString: url });
  await owner.connect();
  await owner.query(`INSERT INTO tenant (id, name) VALUES ($1, 'red'), ($2, 'blue')`, [RED, BLUE]);
  for (const site of [OPEN, CLOSED]) {
    await owner.query(
      `INSERT INTO site (id, name, bridge, vm_id_first, vm_id_last, vlan_first, vlan_last)
       VALUES ($1, $2, 'vmbr1', 1000, 900000000, 100, 199)`,
      [site, `site ${site}`],
    );
    await seed(site);
  }
  await owner.query(`INSERT INTO site_grant (site_id, tenant_id) VALUES ($1, $2)`, [OPEN, RED]);
});
afterAll(() => owner.end());

/** A range of blue with one running and one stopped node, which holds two ids and a tag; and a deploy that is over. */
async function seed(site: string): Promise<void> {
  const [blueprint, range, job] = [randomUUID(), randomUUID(), randomUUID()];
  await owner.query(`INSERT INTO blueprint (id, tenant_id, name, latest_revision) VALUES ($1, $2, $3, 1)`, [
    blueprint,
    BLUE,
    `b-${site}`,
  ]);
  await owner.query(
    `INSERT INTO blueprint_revision (tenant_id, blueprint_id, revision, digest, schema_version, media_type, source,
                                     normalised, node_count, created_by)
     VALUES ($1, $2, 1, 'd', 1, 'application/json', '', '{}', 1, 'test')`,
    [BLUE, blueprint],
  );
  await owner.query(
    `INSERT INTO range (id, tenant_id, name, blueprint_id, revision, site_id, state, desired_state, created_by)
     VALUES ($1, $2, $3, $4, 1, $5, 'ready', 'running', 'test')`,
    [range, BLUE, `r-${site}`, blueprint, site],
  );
  await owner.query(
    `INSERT INTO range_node (id, tenant_id, range_id, site_id, ordinal, name, state, host, storage, vm_id, memory_mib, spec,
                             interfaces)
     SELECT gen_random_uuid(), $1, $2, $3, n, 'n' || n, (ARRAY['running', 'stopped'])[n], 'alpha', 'local', 999 + n, 512, '{}',
            '[]' FROM generate_series(1, 2) n`,
    [BLUE, range, site],
  );
  await owner.query(
    `INSERT INTO vm_id_allocation (site_id, vm_id, tenant_id, range_id) VALUES ($1, 1000, $2, $3), ($1, 1001, $2, $3)`,
    [site, BLUE, range],
  );
  await owner.query(`INSERT INTO vlan_allocation (site_id, vlan_tag, tenant_id, range_id) VALUES ($1, 100, $2, $3)`, [
    site,
    BLUE,
    range,
  ]);
  // One of ours, one beside it, one below the pool.
  await owner.query(
    `INSERT INTO site_vm (site_id, vm_id, host, name, state, template, memory_mib, nics, observed_at)
     SELECT $1, id, 'alpha', 'vm', 'running', false, 512, $2, now() FROM unnest(ARRAY[1000, 1005, 200]) id`,
    [
      site,
      JSON.stringify([
        { bridge: 'vmbr1', vlanTag: 100 },
        { bridge: 'vmbr1', vlanTag: 120 },
        { bridge: 'vmbr9', vlanTag: 130 },
      ]),
    ],
  );
  await owner.query(
    `INSERT INTO job (id, tenant_id, range_id, site_id, kind, state, deadline_at, created_by, ended_at)
     VALUES ($1, $2, $3, $4, 'range.deploy', 'succeeded', now(), 'test', now())`,
    [job, BLUE, range, site],
  );
  await owner.query(
    `INSERT INTO step (id, tenant_id, job_id, range_id, site_id, ordinal, phase, kind, kind_version, subject, target, state,
                       waiting_on, successors, max_attempts, host, expected_ms, tail_ms, timeout_ms, payload, dispatched_at,
                       ended_at)
     SELECT gen_random_uuid(), $1, $2, $3, $4, n, 'forward', 'vm.start', 1, 'n' || n, 'vm:' || n, 'succeeded', 0, '{}', 5,
            'alpha', 1, 1, 1, '{}', now() - interval '3 seconds', now() FROM generate_series(1, 3) n`,
    [BLUE, job, range, site],
  );
}

async function asRed<R extends object>(text: string, values: readonly unknown[]): Promise<R[]> {
  await owner.query('BEGIN');
  try {
    await owner.query(`SELECT set_config('orion.tenant', $1, true)`, [RED]);
    await owner.query('SET LOCAL ROLE orion_gateway');
    return (await owner.query<R>(text, [...values])).rows;
  } finally {
    await owner.query('ROLLBACK');
  }
}

test('what others hold of a site is told in sums to a tenant that may use it', async () => {
  expect(await asRed(`SELECT * FROM orion_site_use($1)`, [OPEN])).toEqual([
    { host: 'alpha', reserved_mib: 1_024, running_mib: 512 },
  ]);
  expect(await asRed(`SELECT * FROM range_node`, [])).toEqual([]);
});

test('free ids and tags are what no range has and no VM of the inventory uses', async () => {
  expect(await asRed(`SELECT * FROM orion_site_pools($1)`, [OPEN])).toEqual([
    { vm_ids_free: 899_999_001 - 3, vlan_tags_free: 98, jobs_running: 0, jobs_pending: 0 },
  ]);
});

test('what steps take at a site is told whoever they were for', async () => {
  expect(await asRed(`SELECT * FROM orion_site_step_times($1) ORDER BY host`, [OPEN])).toEqual([
    { kind: 'vm.start', host: 'alpha', full_clone: false, median_ms: 3_000 },
    { kind: 'vm.start', host: null, full_clone: false, median_ms: 3_000 },
  ]);
});

test('of a site that is not granted nothing is told', async () => {
  for (const name of ['orion_site_use', 'orion_site_pools', 'orion_site_step_times']) {
    expect([name, await asRed(`SELECT * FROM ${name}($1)`, [CLOSED])]).toEqual([name, []]);
  }
  await expect(asRed(`SELECT * FROM orion_step_times($1)`, [CLOSED])).rejects.toThrow(/permission denied/);
});
