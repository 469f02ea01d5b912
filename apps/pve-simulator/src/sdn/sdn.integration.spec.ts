import { startTestCluster, type TestCluster } from '../testing/pve-client';

/** As measured on Proxmox VE 9.1 with a zone `zrig` and a VNet `vrig1` that is applied. */
let cluster: TestCluster;
beforeEach(async () => {
  cluster = await startTestCluster();
  await post('/zones', { zone: 'zrig', type: 'simple' });
  await post('/vnets', { vnet: 'vrig1', zone: 'zrig' });
  await cluster.root.run('PUT', '/cluster/sdn');
});
afterEach(() => cluster.close());

type Form = Record<string, string | number>;
const post = (path: string, form: Form) => cluster.root.call('POST', `/cluster/sdn${path}`, { form });
const get = async (path: string): Promise<unknown> => (await cluster.root.call('GET', path)).data;
const remove = (path: string) => cluster.root.call('DELETE', `/cluster/sdn${path}`);
const vnets = (view: string) => get(`/cluster/sdn/vnets${view}`);

test('a new VNet is pending until it is applied', async () => {
  await post('/vnets', { vnet: 'tv1', zone: 'zrig', alias: 'team net' });

  expect(await vnets('?pending=1')).toEqual([
    { type: 'vnet', vnet: 'tv1', state: 'new', digest: null, pending: { zone: 'zrig', alias: 'team net' } },
    { type: 'vnet', vnet: 'vrig1', zone: 'zrig', digest: null },
  ]);
  expect(await vnets('?running=1')).toEqual([{ type: 'vnet', vnet: 'vrig1', zone: 'zrig', digest: null }]);
  expect(await get('/nodes/pve1/sdn/zones')).toEqual([{ zone: 'zrig', status: 'available' }]);

  expect(await cluster.root.run('PUT', '/cluster/sdn')).toBe('OK');
  expect(await vnets('?pending=1')).toContainEqual({
    ...{ type: 'vnet', vnet: 'tv1', zone: 'zrig', alias: 'team net', digest: null },
  });
  expect(await get('/nodes/pve1/sdn/zones/zrig/content')).toContainEqual({
    ...{ vnet: 'tv1', status: 'available', statusmsg: null },
  });
});

test('a deleted VNet is there until that is applied', async () => {
  expect((await remove('/vnets/vrig1')).status).toBe(200);
  expect((await remove('/vnets/vrig1')).reason).toBe("sdn vnet 'vrig1' does not exist");
  expect(await vnets('?pending=1')).toEqual([
    { type: 'vnet', vnet: 'vrig1', zone: 'zrig', digest: null, state: 'deleted', pending: {} },
  ]);

  await cluster.root.run('PUT', '/cluster/sdn');
  expect(await vnets('?pending=1')).toEqual([]);
});

test.each<[refused: string, form: Form, message: string]>([
  [
    'a name twice',
    { vnet: 'vrig1', zone: 'zrig' },
    "create sdn vnet object failed: sdn vnet object ID 'vrig1' already defined\n",
  ],
  [
    'an unknown zone',
    { vnet: 'tv2', zone: 'nope' },
    'create sdn vnet object failed: cannot lookup undefined type! at /usr/share/perl5/PVE/API2/Network/SDN/Vnets.pm line 326.\n',
  ],
  [
    'a tag in a simple zone',
    { vnet: 'tv3', zone: 'zrig', tag: 100 },
    'create sdn vnet object failed: 400 Parameter verification failed.\ntag: vlan tag is not allowed on simple zone\n',
  ],
  [
    'no tag in a VLAN zone',
    { vnet: 'tvlan3', zone: 'tz2' },
    'create sdn vnet object failed: 400 Parameter verification failed.\ntag: missing vlan tag\n',
  ],
  [
    'a tag twice in a VLAN zone',
    { vnet: 'tvlan2', zone: 'tz2', tag: 100 },
    'create sdn vnet object failed: 400 Parameter verification failed.\ntag: tag 100 already exist in vnet tvlan\n',
  ],
])('%s is refused', async (_, form, message) => {
  await post('/zones', { zone: 'tz2', type: 'vlan', bridge: 'vmbr0' });
  await post('/vnets', { vnet: 'tvlan', zone: 'tz2', tag: 100 });

  const answer = await post('/vnets', form);
  expect([answer.status, answer.message]).toEqual([500, message]);
});

test.each<[refused: string, form: Form, errors: Form]>([
  ['a name of nine signs', { vnet: 'abcdefghi', zone: 'zrig' }, { vnet: 'value may only be 8 characters long' }],
  ['a name of one sign', { vnet: 'a', zone: 'zrig' }, { vnet: 'value does not match the regex pattern' }],
  [
    'a name that starts with a digit',
    { vnet: '1abc', zone: 'zrig' },
    { vnet: 'value does not match the regex pattern' },
  ],
  ['no zone', { vnet: 'tv2' }, { zone: 'property is missing and it is not optional' }],
  [
    'a tag beyond the largest',
    { vnet: 'tv4', zone: 'zrig', tag: 99999999 },
    { tag: 'value must have a maximum value of 16777215' },
  ],
])('%s is no VNet', async (_, form, errors) => {
  const answer = await post('/vnets', form);
  expect([answer.status, answer.errors]).toEqual([400, errors]);
});

test('a VNet with a subnet stays', async () => {
  await post('/vnets/vrig1/subnets', { subnet: '10.88.0.0/24', type: 'subnet', gateway: '10.88.0.1' });

  expect((await remove('/vnets/vrig1')).message).toBe(
    "delete sdn vnet object failed: 400 Parameter verification failed.\nvnet: Can't delete vnet if subnets exists\n",
  );
  expect((await remove('/vnets/vrig1/subnets/zrig-10.88.0.0-24')).status).toBe(200);
  expect((await remove('/vnets/vrig1')).status).toBe(200);
});

test('who has the lock alone may change and apply, and a rollback takes back what is pending', async () => {
  const held = 'invalid lock token provided! at /usr/share/perl5/PVE/Network/SDN.pm line 291.';
  const token = String((await cluster.root.call('POST', '/cluster/sdn/lock')).data);

  expect((await post('/vnets', { vnet: 'tv9', zone: 'zrig' })).reason).toBe(`create sdn vnet object failed: ${held}`);
  expect((await cluster.root.call('PUT', '/cluster/sdn')).reason).toBe(`could not commit SDN config: ${held}`);
  expect((await cluster.root.call('POST', '/cluster/sdn/lock')).reason).toBe(
    `could not acquire lock for SDN config: ${held}`,
  );
  expect((await post('/vnets', { vnet: 'tv9', zone: 'zrig', 'lock-token': token })).status).toBe(200);
  expect((await post('/rollback', { 'lock-token': token })).status).toBe(200);
  expect(await vnets('')).toHaveLength(1);
});

test('of two applies at once both succeed', async () => {
  const both = await Promise.all([cluster.root.run('PUT', '/cluster/sdn'), cluster.root.run('PUT', '/cluster/sdn')]);
  expect(both).toEqual(['OK', 'OK']);
});

test('a host that cannot apply hides behind a task that says OK, until it applies again', async () => {
  await cluster.root.admin('POST', '/faults', { operation: 'sdn.apply', kind: 'hostFailsSilently', host: 'pve2' });
  await post('/vnets', { vnet: 'tv1', zone: 'zrig' });

  expect(await cluster.root.run('PUT', '/cluster/sdn')).toBe('OK');
  expect(await get('/nodes/pve1/sdn/zones')).toEqual([{ zone: 'zrig', status: 'available' }]);
  expect(await get('/nodes/pve2/sdn/zones')).toEqual([{ zone: 'zrig', status: 'pending' }]);

  expect(await cluster.root.run('PUT', '/cluster/sdn')).toBe('OK');
  expect(await get('/nodes/pve2/sdn/zones')).toEqual([{ zone: 'zrig', status: 'available' }]);
});
