import { Client } from 'pg';

import { aBlueprint, aReadyRange, aSite, aTenant, sql, type Deployed, type TestTenant } from '../gateway.builders';
import { gatewayUrl, startGateway, type TestGateway } from '../gateway.fixture';

interface DriftAnswer {
  readonly observedAt: string | null;
  readonly changingJobId: string | null;
  readonly items: readonly {
    readonly kind: string;
    readonly vmId: number | null;
    readonly vnet?: string;
    readonly rangeId?: string | null;
  }[];
  readonly nextCursor: string | null;
}

let gateway: TestGateway;
let tenant: TestTenant;
let siteId: string;
let range: Deployed;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await aTenant(gateway);
  siteId = await aSite(gateway, [tenant.id]);
  range = await aReadyRange(gateway, tenant.admin, { blueprintId: await aBlueprint(tenant.admin), siteId });
  await sql(
    gateway,
    `INSERT INTO site_drift (site_id, vm_id, kind, tenant_id, range_id, node, detail, since)
     VALUES ($1, 4000, 'missing', $2, $3, 'web-1', 'web-1 has no VM.', '2026-01-02T03:00:00Z'),
            ($1, 4001, 'foreign', $2, $3, 'web-2', 'The id of web-2 is taken.', now()),
            ($1, 4002, 'orphan', NULL, NULL, NULL, 'No range has it.', now())`,
    [siteId, tenant.id, range.rangeId],
  );
});

const drift = (query = '') => tenant.admin.get<DriftAnswer>(`/ranges/${range.rangeId}/drift${query}`);

test('a range tells what differs in words, since when, what can be done, and how old the picture is', async () => {
  expect((await drift()).body.observedAt).toBeNull();
  await sql(
    gateway,
    `INSERT INTO site_agent (site_id, generation, inventory_at) VALUES ($1, 1, '2026-01-02T03:04:05Z')`,
    [siteId],
  );

  const { status, body } = await drift();

  expect(status).toBe(200);
  expect(body).toMatchObject({ observedAt: '2026-01-02T03:04:05.000Z', changingJobId: null, nextCursor: null });
  expect(body.items).toEqual([
    {
      kind: 'missing',
      node: 'web-1',
      vmId: 4000,
      detail: 'web-1 has no VM.',
      hint: expect.stringContaining('repair'),
      since: '2026-01-02T03:00:00.000Z',
    },
    expect.objectContaining({ kind: 'foreign', node: 'web-2' }),
  ]);
});

test('a range that a job is changing names the job: its nodes are not compared until it ends', async () => {
  const other = await aReadyRange(gateway, tenant.admin, { blueprintId: await aBlueprint(tenant.admin), siteId });
  const { body } = await tenant.admin.post<{ job: { id: string } }>(`/ranges/${other.rangeId}/stop`);

  const answer = await tenant.admin.get<DriftAnswer>(`/ranges/${other.rangeId}/drift`);

  expect(answer.body).toMatchObject({ changingJobId: body.job.id, items: [] });
});

test('differences are paged and filtered by kind', async () => {
  const first = (await drift('?limit=1')).body;
  expect(first.items.map(({ vmId }) => vmId)).toEqual([4000]);
  const second = (await drift(`?limit=1&cursor=${first.nextCursor ?? ''}`)).body;
  expect([second.items.map(({ vmId }) => vmId), second.nextCursor]).toEqual([[4001], null]);
  expect((await drift('?kind=foreign')).body.items.map(({ vmId }) => vmId)).toEqual([4001]);
  expect((await drift('?kind=odd')).status).toBe(400);
});

test('who operates the platform sees the whole site, orphans included; nobody else does', async () => {
  const { body } = await gateway.admin.get<DriftAnswer>(`/sites/${siteId}/drift`);
  expect(body.items.map(({ kind, rangeId }) => [kind, rangeId])).toEqual([
    ['missing', range.rangeId],
    ['foreign', range.rangeId],
    ['orphan', null],
  ]);
  expect((await tenant.admin.get(`/sites/${siteId}/drift`)).status).toBe(403);
});

test('VNets that no range has follow the VMs, page by page', async () => {
  const site = await aSite(gateway);
  await sql(
    gateway,
    `INSERT INTO site_vnet_orphan (site_id, name, detail) VALUES ($1, 'ob', 'No range has it.'), ($1, 'oa', 'Nor this.')`,
    [site],
  );
  await sql(
    gateway,
    `INSERT INTO site_drift (site_id, vm_id, kind, detail) VALUES ($1, 999999999, 'orphan', 'Lost.')`,
    [site],
  );
  const page = async (query: string) =>
    (await gateway.admin.get<DriftAnswer>(`/sites/${site}/drift?limit=1&kind=orphan${query}`)).body;
  const seen: unknown[] = [];
  for (let cursor = ''; seen.length < 3;) {
    const { items, nextCursor } = await page(cursor);
    seen.push(...items.map(({ vmId, vnet }) => vnet ?? vmId));
    if (nextCursor === null) break;
    cursor = `&cursor=${nextCursor}`;
  }

  expect(seen).toEqual([999_999_999, 'oa', 'ob']);
});

test('the differences of a range belong to its tenant, also by the database, and orphans to none', async () => {
  const other = await aTenant(gateway);
  await gateway.admin.post(`/sites/${siteId}/grants`, { tenantId: other.id });
  expect((await other.admin.get(`/ranges/${range.rangeId}/drift`)).status).toBe(404);
  expect(await rowsSeenBy(other.id)).toBe(0);
  expect(await rowsSeenBy(tenant.id)).toBe(2);
});

/** Rows of the table that the gateway's role sees in a transaction of this tenant. */
async function rowsSeenBy(tenantId: string): Promise<number> {
  const client = new Client(gatewayUrl(gateway.database));
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('orion.tenant', $1, true)`, [tenantId]);
    return (await client.query(`SELECT FROM site_drift WHERE site_id = $1`, [siteId])).rows.length;
  } finally {
    await client.end();
  }
}
