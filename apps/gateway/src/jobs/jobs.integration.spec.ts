import { JOB_KINDS } from '@orion/domain';
import { randomUUID } from 'node:crypto';

import {
  aBaseline,
  aBlueprint,
  aRange,
  aReadyRange,
  aSite,
  aTenant,
  endJob,
  sql,
  uniqueName,
  type TestTenant,
} from '../gateway.builders';
import { startGateway, type TestClient, type TestGateway } from '../gateway.fixture';

let gateway: TestGateway;
let tenant: TestTenant;
let client: TestClient;
let siteId: string;
let blueprintId: string;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await aTenant(gateway);
  client = tenant.admin;
  siteId = await aSite(gateway, [tenant.id]);
  blueprintId = await aBlueprint(client);
});

test.each(JOB_KINDS)('a job %s can be submitted by its kind', async (kind) => {
  const { rangeId } = await aReadyRange(gateway, client, { blueprintId, siteId });
  if (kind === 'baseline.delete' || kind.endsWith('.reset')) await aBaseline(gateway, rangeId, 'before');
  const { status, body } = await client.post<{ job: { kind: string } }>('/jobs', {
    kind,
    ...(kind === 'range.deploy' ? { name: uniqueName('by-kind'), blueprintId } : {}),
    ...(kind === 'range.apply' ? { revision: 1 } : {}),
    ...(kind.startsWith('site.') ? { siteId } : {}),
    ...(kind === 'node.snapshot' || kind.startsWith('baseline.') ? { name: 'before' } : {}),
    ...(kind.startsWith('node.') ? { node: 'web-1' } : {}),
    ...(kind !== 'range.deploy' && !kind.startsWith('site.') ? { rangeId } : {}),
  });
  expect([status, body.job.kind]).toEqual([202, kind]);
});

test('an unknown kind, a missing and an unknown member are refused', async () => {
  const unknown = await client.post('/jobs', { kind: 'range.explode' });
  expect([unknown.status, unknown.body['code']]).toEqual([400, 'request.invalid']);
  const missing = await client.post('/jobs', { kind: 'range.start' });
  expect(missing.body['problems']).toEqual([expect.objectContaining({ pointer: '/rangeId' })]);
  const odd = await client.post('/jobs', { kind: 'range.start', rangeId: randomUUID(), force: true });
  expect(odd.body['problems']).toEqual([expect.objectContaining({ pointer: '/force' })]);
});

test('a running job shows its steps by kind and when it should end', async () => {
  const { jobId } = await aRange(client, { blueprintId, siteId });
  await sql(
    gateway,
    `INSERT INTO step (id, tenant_id, job_id, site_id, ordinal, kind, subject, target, state, max_attempts, expected_ms,
                       tail_ms, timeout_ms, payload)
     SELECT gen_random_uuid(), tenant_id, id, site_id, s.ordinal, s.kind, 'web-1', 't', s.state, 1, s.expected, s.tail, 1, '{}'
       FROM job, (VALUES (0, 'vm.clone', 'succeeded', 4000, 7000), (1, 'vm.configure', 'ready', 1000, 3000),
                         (2, 'vm.start', 'waiting', 2000, 2000)) AS s(ordinal, kind, state, expected, tail)
      WHERE id = $1`,
    [jobId],
  );
  await sql(
    gateway,
    `UPDATE job SET state = 'running', phase = 'forward', steps_total = 3, steps_done = 1 WHERE id = $1`,
    [jobId],
  );

  const { body } = await client.get<{ estimatedEndAt: string; steps: object[]; progress: object }>(`/jobs/${jobId}`);

  expect(body.progress).toEqual({ done: 1, total: 3 });
  expect(body.steps).toEqual([
    { kind: 'vm.clone', total: 1, done: 1, running: 0, failed: 0 },
    { kind: 'vm.configure', total: 1, done: 0, running: 0, failed: 0 },
    { kind: 'vm.start', total: 1, done: 0, running: 0, failed: 0 },
  ]);
  const inMs = new Date(body.estimatedEndAt).getTime() - Date.now();
  expect(inMs).toBeGreaterThan(1_000);
  expect(inMs).toBeLessThanOrEqual(3_000);
  await sql(gateway, `UPDATE job SET estimated_end_at = now() + interval '1 hour' WHERE id = $1`, [jobId]);
  const { body: estimated } = await client.get<{ estimatedEndAt: string }>(`/jobs/${jobId}`);
  expect(new Date(estimated.estimatedEndAt).getTime() - Date.now()).toBeGreaterThan(3_500_000);
  const { body: steps } = await client.get<{ items: { kind: string }[] }>(`/jobs/${jobId}/steps?limit=2`);
  expect(steps.items.map(({ kind }) => kind)).toEqual(['vm.clone', 'vm.configure']);
});

test('a pending job tells how many must end before it, those of other tenants included', async () => {
  const busy = await aSite(gateway, [tenant.id]);
  await sql(gateway, 'UPDATE site SET running_jobs_limit = 1 WHERE id = $1', [busy]);
  const other = await aTenant(gateway);
  await gateway.admin.post(`/sites/${busy}/grants`, { tenantId: other.id });
  await aRange(other.admin, { blueprintId: await aBlueprint(other.admin), siteId: busy });
  await aRange(client, { blueprintId, siteId: busy });
  const last = await aRange(client, { blueprintId, siteId: busy });
  expect((await client.get(`/jobs/${last.jobId}`)).body['queuePosition']).toBe(2);
});

test('a cancel is asked for once, and refused when the job has ended', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const [first, second] = [
    await client.post(`/jobs/${range.jobId}/cancel`),
    await client.post(`/jobs/${range.jobId}/cancel`),
  ];
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(
    await sql(gateway, `SELECT FROM event WHERE job_id = $1 AND type = 'job.cancel_requested'`, [range.jobId]),
  ).toHaveLength(1);

  await endJob(gateway, range);
  const late = await client.post(`/jobs/${range.jobId}/cancel`);
  expect([late.status, late.body['code']]).toEqual([409, 'job.illegal_transition']);
});

test('a failed job goes on as another attempt, and only one of two retries is accepted', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  expect((await client.post(`/jobs/${range.jobId}/retry`)).body['code']).toBe('job.illegal_transition');
  await endJob(gateway, range, 'failed');

  const answers = await Promise.all(
    [1, 2].map(() => client.post<{ job: object; code: string }>(`/jobs/${range.jobId}/retry`)),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
  expect((await client.get(`/jobs/${range.jobId}`)).body).toMatchObject({ state: 'pending', attempt: 2, error: null });
  expect((await client.get(`/ranges/${range.rangeId}`)).body['state']).toBe('deploying');
});

test('a failed job that a later one has overtaken is not retried', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  await endJob(gateway, range, 'failed');
  const { body } = await client.send<{ job: { id: string } }>('DELETE', `/ranges/${range.rangeId}`);
  const refused = await client.post(`/jobs/${range.jobId}/retry`);
  expect([refused.status, refused.body['code'], refused.body['laterJobId']]).toEqual([
    409,
    'job.superseded',
    body.job.id,
  ]);
});

test('a failed job says what a person can do, by what failed it', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  await endJob(gateway, range, 'failed');
  const error = { code: 'job.steps_failed', detail: 'vm.start of web-1', facts: { code: 'hypervisor.locked' } };
  await sql(gateway, 'UPDATE job SET error = $2 WHERE id = $1', [range.jobId, JSON.stringify(error)]);

  const { body } = await client.get(`/jobs/${range.jobId}`);

  expect(body['error']).toEqual({ ...error, hint: expect.stringContaining('qm unlock') });
});

test('jobs are filtered by state, kind and range', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const list = (query: string) => client.get<{ items: { id: string }[] }>(`/jobs?rangeId=${range.rangeId}&${query}`);
  expect((await list('state=pending&kind=range.deploy')).body.items.map(({ id }) => id)).toEqual([range.jobId]);
  expect((await list('state=failed')).body.items).toEqual([]);
  expect((await list('kind=range.start')).body.items).toEqual([]);
});
