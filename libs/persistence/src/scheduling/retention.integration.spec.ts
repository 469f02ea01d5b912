import { createTestDatabase } from '@orion/testing';
import type { DataSource } from 'typeorm';

import { createDataSource } from '../database/connection';
import { migrate } from '../database/migrate';
import { SweepStore } from './sweep-store';

const TENANT = '00000000-0000-4000-8000-000000000001';
const ID = '00000000-0000-4000-8000-00000000000a';

let admin: DataSource;
let orchestrator: DataSource;
beforeAll(async () => {
  const { url } = await createTestDatabase();
  await migrate(url);
  admin = await createDataSource({ url, applicationName: 'spec', timeoutMs: 0 }).initialize();
  orchestrator = await createDataSource({ url, applicationName: 'spec-orchestrator', poolSize: 1 }).initialize();
  await orchestrator.query('SET ROLE orion_orchestrator');
});
afterAll(async () => {
  await admin.destroy();
  await orchestrator.destroy();
});

const months = async (parent: string) =>
  (
    await admin.query<{ name: string }[]>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = $1::regclass ORDER BY 1`,
      [parent],
    )
  ).map(({ name }) => name);
const monthAhead = (count: number) => {
  const now = new Date();
  const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + count));
  return month.toISOString().slice(0, 7).replace('-', '');
};
const keep = (eventDays: number, auditDays = 0) => new SweepStore(orchestrator).housekeeping({ eventDays, auditDays });
const aCommand = (state: string, at: string) =>
  admin.query(
    `INSERT INTO command (id, tenant_id, job_id, step_id, site_id, target, sequence, attempt, kind, kind_version, envelope,
                          state, expires_at, created_at)
     VALUES (gen_random_uuid(), $1, $2, $2, $2, 'vm:1', 1, 1, 'vm.start', 1, '{}', $3, now(), $4)`,
    [TENANT, ID, state, at],
  );

test('months are made ahead, also after years of standing still, and what came meanwhile moves into its month', async () => {
  await admin.query(`DROP TABLE event_${monthAhead(0)}, event_${monthAhead(1)}, event_${monthAhead(2)}`);
  await admin.query(
    `INSERT INTO event (stream_id, number, tenant_id, type, data) VALUES ($1, 1, $2, 'spec.late', '{}')`,
    [ID, TENANT],
  );

  await keep(0);

  expect(await months('event')).toEqual(expect.arrayContaining([0, 1, 2].map((n) => `event_${monthAhead(n)}`)));
  const [{ count }] = await admin.query<[{ count: number }]>(
    `SELECT count(*)::int AS count FROM event_${monthAhead(0)} WHERE type = 'spec.late'`,
  );
  expect(count).toBe(1);
});

test('what was written while nobody made months gets its month, and what claims to be of the future waits', async () => {
  for (const at of ['2019-03-31T23:59:59Z', '2019-07-01Z', '2090-01-01Z']) {
    await admin.query(
      `INSERT INTO audit_event (id, tenant_id, at, actor, action, subject) VALUES ($1, $2, $3, '', '', '')`,
      [ID, TENANT, at],
    );
  }

  await keep(0);

  const held = await admin.query<{ name: string }[]>(
    `SELECT tableoid::regclass::text AS name FROM audit_event WHERE id = $1 ORDER BY at`,
    [ID],
  );
  expect(held.map(({ name }) => name)).toEqual(['audit_event_201903', 'audit_event_201907', 'audit_event_default']);
  await keep(0, 180);
  expect((await months('audit_event')).filter((name) => name.includes('_2019'))).toEqual([]);
});

const SPRING = ['command_202203', 'command_202204'];
test.each([
  ['2022-03-31T23:59:59Z', SPRING],
  ['2022-04-01T00:00:00Z', ['command_202204']],
  ['2022-04-30T23:59:59Z', ['command_202204']],
  ['2022-05-01T00:00:00Z', []],
])('kept from %s on, a month goes only when its last moment is past', async (keepFrom, left) => {
  await admin.query(`SELECT orion_create_partitions('2022-03-01Z', 2)`);

  await orchestrator.query(`SELECT orion_drop_partitions('command', $1)`, [keepFrom]);

  expect((await months('command')).filter((name) => SPRING.includes(name))).toEqual(left);
});

test('months in which an open job may have events or commands stay until it has ended', async () => {
  await admin.query(`SELECT orion_create_partitions('2023-05-01Z', 3)`);
  await admin.query(`INSERT INTO tenant (id, name) VALUES ($1, 'red')`, [TENANT]);
  await admin.query(
    `INSERT INTO site (id, name, bridge, vm_id_first, vm_id_last, vlan_first, vlan_last) VALUES ($1, 's', 'b', 1000, 1999, 100, 199)`,
    [ID],
  );
  await admin.query(
    `INSERT INTO job (id, tenant_id, site_id, kind, state, deadline_at, created_by, created_at)
     VALUES ($1, $2, $1, 'site.check', 'running', now(), '', '2023-06-15Z')`,
    [ID, TENANT],
  );
  const of2023 = async () => (await months('event')).filter((name) => name.includes('_2023'));

  await keep(180);
  expect(await of2023()).toEqual(['event_202306', 'event_202307']);

  await admin.query(`UPDATE job SET state = 'failed' WHERE id = $1`, [ID]);
  await keep(180);
  expect(await of2023()).toEqual([]);
});

test('months past their retention are dropped, others and what is still open are kept', async () => {
  await admin.query(`SELECT orion_create_partitions('2024-01-01Z', 3)`);
  await aCommand('ended', '2024-01-10Z');
  await aCommand('acknowledged', '2024-02-10Z');
  const present = await months('event');

  await keep(0);
  expect(await months('event')).toEqual(present);

  await keep(180);
  expect(await months('event')).not.toEqual(expect.arrayContaining([expect.stringContaining('_2024')]));
  expect(await months('event')).toContain(`event_${monthAhead(0)}`);
  expect((await months('command')).filter((name) => name.includes('_2024'))).toEqual(['command_202402']);
  expect((await months('audit_event')).filter((name) => name.includes('_2024'))).toHaveLength(3);

  await keep(0, 180);
  expect((await months('audit_event')).filter((name) => name.includes('_2024'))).toEqual([]);
});

test('the role that calls it cannot drop anything else, nor by itself', async () => {
  await expect(orchestrator.query(`SELECT orion_drop_partitions('job', now())`)).rejects.toThrow(
    'no retention for job',
  );
  await expect(orchestrator.query(`DROP TABLE event_default`)).rejects.toThrow('must be owner');
});
