import { aBlueprint, aRange, aSite, aTenant, endJob, SITE, sql, uniqueName } from '../gateway.builders';
import { startGateway, type TestClient, type TestGateway } from '../gateway.fixture';

let gateway: TestGateway;
let admin: TestClient;
beforeAll(async () => {
  gateway = await startGateway();
  admin = gateway.admin;
});

test('a site is open to who registered it, and to nobody else until granted', async () => {
  const tenant = await aTenant(gateway);
  const siteId = await aSite(gateway);
  expect((await tenant.admin.get(`/sites/${siteId}`)).status).toBe(404);

  const granted = await admin.post(`/sites/${siteId}/grants`, { tenantId: tenant.id });

  expect(granted.status).toBe(201);
  expect((await tenant.admin.get(`/sites/${siteId}`)).status).toBe(200);
  const { body } = await admin.get<{ items: { tenantId: string }[] }>(`/sites/${siteId}/grants`);
  expect(body.items.map(({ tenantId }) => tenantId)).toContain(tenant.id);
  expect((await admin.send('DELETE', `/sites/${siteId}/grants/${tenant.id}`)).status).toBe(204);
  expect((await tenant.admin.get(`/sites/${siteId}`)).status).toBe(404);
  expect((await admin.send('DELETE', `/sites/${siteId}/grants/${tenant.id}`)).status).toBe(404);
});

test('a grant stays while the tenant has ranges there', async () => {
  const tenant = await aTenant(gateway);
  const siteId = await aSite(gateway, [tenant.id]);
  const range = await aRange(tenant.admin, { blueprintId: await aBlueprint(tenant.admin), siteId });
  const revoke = () => admin.send('DELETE', `/sites/${siteId}/grants/${tenant.id}`);

  expect((await revoke()).body['code']).toBe('site.in_use');
  await endJob(gateway, range);
  await sql(gateway, `UPDATE range SET state = 'destroyed' WHERE id = $1`, [range.rangeId]);

  expect((await revoke()).status).toBe(204);
});

test('settings are changed by whoever read them last; what is left out stays', async () => {
  const siteId = await aSite(gateway);
  const read = await admin.get(`/sites/${siteId}`);
  const change = (body: object, etag: string) =>
    admin.send('PATCH', `/sites/${siteId}`, { body, headers: { 'if-match': etag } });
  const etag = read.headers.get('etag') ?? '';

  expect((await admin.send('PATCH', `/sites/${siteId}`, { body: { hostSlots: 2 } })).status).toBe(428);
  const changed = await change({ hostSlots: 2, reservedNetworks: ['10.0.0.0/24'] }, etag);
  expect(changed.body).toMatchObject({
    hostSlots: 2,
    reservedNetworks: ['10.0.0.0/24'],
    storageSlots: 8,
    bridge: 'vmbr1',
  });
  expect((await change({ hostSlots: 3 }, etag)).status).toBe(412);
});

test.each([
  ['a range of VM ids that runs backwards', { vmIdFirst: 5000, vmIdLast: 4000 }, '/vmIdLast'],
  ['a range of VLANs that runs backwards', { vlanFirst: 300, vlanLast: 200 }, '/vlanLast'],
  ['a network with host bits', { reservedNetworks: ['10.0.0.1/24'] }, '/reservedNetworks/0'],
  ['a VLAN out of bounds', { vlanLast: 5000 }, '/vlanLast'],
  ['a tag beyond the largest', { vlanLast: 16_777_216 }, '/vlanLast'],
  ['a site of VNets without a zone', { networkMode: 'sdn' }, '/sdnZone'],
  ['a zone with a name that is none', { networkMode: 'sdn', sdnZone: 'a-zone' }, '/sdnZone'],
  ['a site of VLANs without a bridge', { bridge: undefined }, '/bridge'],
  ['a mode that there is not', { networkMode: 'magic' }, '/networkMode'],
])('%s is refused', async (_, wrong, pointer) => {
  const { status, body } = await admin.post('/sites', { ...SITE, name: uniqueName('wrong'), ...wrong });
  expect([status, body['problems']]).toEqual([400, [expect.objectContaining({ pointer })]]);
});

test('a site of VNets needs a zone and no bridge, has tags beyond VLANs, and may go back', async () => {
  const { bridge: _bridge, ...rest } = SITE;
  const sdn = { ...rest, networkMode: 'sdn', sdnZone: 'ranges', vlanFirst: 5_000, vlanLast: 16_777_215 };
  const { status, body } = await admin.post<{ id: string }>('/sites', { ...sdn, name: uniqueName('sdn') });
  expect([status, body]).toEqual([
    201,
    expect.objectContaining({ networkMode: 'sdn', sdnZone: 'ranges', bridge: null, vlanLast: 16_777_215 }),
  ]);
  const change = (settings: object) =>
    admin.send('PATCH', `/sites/${body.id}`, { body: settings, headers: { 'if-match': '*' } });

  expect((await change({ networkMode: 'vlan' })).status).toBe(400);
  const changed = await change({ networkMode: 'vlan', bridge: 'vmbr1', vlanFirst: 100, vlanLast: 999 });
  expect(changed.body).toMatchObject({ networkMode: 'vlan', bridge: 'vmbr1', sdnZone: 'ranges' });
});

test('a name belongs to one site', async () => {
  const name = uniqueName('only');
  expect((await admin.post('/sites', { ...SITE, name })).status).toBe(201);
  expect((await admin.post('/sites', { ...SITE, name })).body['code']).toBe('site.name_taken');
});

test('the catalogue is replaced whole, and lists no copy twice', async () => {
  const siteId = await aSite(gateway);
  const template = { name: 'kali', vmId: 9001, host: 'pve1', storage: 'local', shared: false, os: 'linux' };
  const copy = { ...template, guestAgent: true, memoryMiB: 1024, diskGiB: 20 };
  const put = (templates: object[]) => admin.send('PUT', `/sites/${siteId}/templates`, { body: { templates } });

  const { status, body } = await put([copy, { ...copy, host: 'pve2', vmId: 9002 }]);

  expect([status, (body['templates'] as { host: string }[]).map(({ host }) => host)]).toEqual([200, ['pve1', 'pve2']]);
  expect((await put([copy, copy])).body['code']).toBe('request.invalid');
  expect((await put([])).body['templates']).toEqual([]);
});

test('an agent is online, suspect or offline by the age of its last heartbeat', async () => {
  const siteId = await aSite(gateway);
  const stateAfter = async (seconds: number) => {
    await sql(
      gateway,
      `INSERT INTO site_agent (site_id, generation, heartbeat_at, inventory_at)
       VALUES ($1, 3, now() - $2::int * interval '1 second', now() - interval '5 seconds')
       ON CONFLICT (site_id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at`,
      [siteId, seconds],
    );
    const { body } = await admin.get<{ agent: { state: string; generation: number }; inventoryAgeMs: number }>(
      `/sites/${siteId}`,
    );
    expect(body.agent.generation).toBe(3);
    expect(body.inventoryAgeMs).toBeGreaterThanOrEqual(5_000);
    return body.agent.state;
  };
  expect((await admin.get<{ agent: { state: string } }>(`/sites/${siteId}`)).body.agent.state).toBe('offline');
  expect([await stateAfter(1), await stateAfter(8), await stateAfter(60)]).toEqual(['online', 'suspect', 'offline']);
  const { body: health } = await admin.get<{ state: string; sites: Record<string, { state: string }> }>('/health');
  expect(health.state).toBe('degraded');
  expect(Object.values(health.sites).map(({ state }) => state)).toContain('offline');
});

test('a site shows what its hosts have', async () => {
  const siteId = await aSite(gateway);
  await sql(
    gateway,
    `INSERT INTO site_host (site_id, name, online, cpus, memory_mib, memory_free_mib, observed_at)
     VALUES ($1, 'pve1', true, 8, 32768, 16384, now()), ($1, 'pve2', false, 8, 32768, 32768, now())`,
    [siteId],
  );
  const { body } = await admin.get(`/sites/${siteId}`);
  expect(body['capacity']).toMatchObject({
    cpus: 8,
    memoryMiB: 32768,
    memoryFreeMiB: 16384,
    hosts: [{ name: 'pve1' }, { name: 'pve2' }],
  });
});

test('a check of a site is a job', async () => {
  const siteId = await aSite(gateway);
  const { status, body } = await admin.post<{ job: object }>(`/sites/${siteId}/checks`);
  expect([status, body.job]).toEqual([202, expect.objectContaining({ kind: 'site.check', siteId, rangeId: null })]);
});

test('a check may prove templates by booting them, which has more time', async () => {
  const siteId = await aSite(gateway);
  for (const [path, body] of [
    [`/sites/${siteId}/checks`, { templates: 'boot' }],
    ['/jobs', { kind: 'site.check', siteId, templates: 'boot' }],
  ] as const) {
    const { status, body: answer } = await admin.post<{ job: { id: string } }>(path, body);
    const [row] = await sql(
      gateway,
      `SELECT params, deadline_at > now() + interval '50 minutes' AS long FROM job WHERE id = $1`,
      [answer.job.id],
    );
    expect([status, row]).toEqual([202, { params: { templates: 'boot' }, long: true }]);
  }
  expect((await admin.post(`/sites/${siteId}/checks`, { templates: 'destroy' })).status).toBe(400);
});

test('a look at a site is a job', async () => {
  const siteId = await aSite(gateway);
  const { status, body } = await admin.post<{ job: object }>(`/sites/${siteId}/observations`, { deadlineSeconds: 30 });
  expect([status, body.job]).toEqual([202, expect.objectContaining({ kind: 'site.observe', siteId, rangeId: null })]);
});
