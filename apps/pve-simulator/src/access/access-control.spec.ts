import { AccessControl, type AclEntry } from './access-control';

const USER = 'eve@pve';
const TOKEN = 'eve@pve!t';

function accessOf(entries: AclEntry[], poolOfVm: Record<string, string> = {}) {
  const pools = { version: 0, poolsOf: (path: string) => [poolOfVm[path]].filter((pool) => pool !== undefined) };
  const access = new AccessControl(9, pools);
  access.roles.set('Power', ['VM.PowerMgmt']);
  access.roles.set('Audit', ['VM.Audit']);
  access.grant(...entries);
  return access;
}

test('a deeper entry replaces an inherited one', () => {
  const access = accessOf([
    { path: '/vms', who: USER, role: 'Power' },
    { path: '/vms/100', who: USER, role: 'Audit' },
  ]);

  expect([...access.privileges({ user: USER }, '/vms/100').keys()]).toEqual(['VM.Audit']);
  expect([...access.privileges({ user: USER }, '/vms/101').keys()]).toEqual(['VM.PowerMgmt']);
});

test('a right on a pool is a right on its members, without propagation', () => {
  const access = accessOf([{ path: '/pool/lab', who: USER, role: 'Audit' }], { '/vms/100': 'lab' });

  expect([...access.privileges({ user: USER }, '/vms/100')]).toEqual([['VM.Audit', false]]);
  expect(access.has({ user: USER }, '/vms/101', 'VM.Audit')).toBe(false);
});

test('a separated token has only what its user has too', () => {
  const access = accessOf([
    { path: '/vms', who: USER, role: 'Audit' },
    { path: '/vms', who: TOKEN, role: 'Audit' },
    { path: '/vms', who: TOKEN, role: 'Power' },
  ]);

  expect([...access.privileges({ user: USER, tokenId: 't' }, '/vms/1').keys()]).toEqual(['VM.Audit']);
});

test('NoAccess takes everything away', () => {
  const access = accessOf([
    { path: '/', who: USER, role: 'Administrator' },
    { path: '/vms/100', who: USER, role: 'NoAccess' },
  ]);

  expect(access.privileges({ user: USER }, '/vms/100').size).toBe(0);
});

test('release 8 has one privilege for the guest agent', () => {
  expect(new AccessControl(8, { version: 0, poolsOf: () => [] }).all).toContain('VM.Monitor');
  expect(new AccessControl(9, { version: 0, poolsOf: () => [] }).all).not.toContain('VM.Monitor');
});
