import { digestedManifest, type ManifestNode } from './manifest';
import { verifyNode } from './verify-node';

const clean: ManifestNode = {
  node: 'dc',
  vmId: 4001,
  template: 'windows',
  host: 'pve1',
  snapshot: 'orion-clean',
  lock: null,
  power: 'running',
  config: { cores: '2', memory: '4096' },
  configDigest: 'a',
  disks: [{ device: 'scsi0', volume: 'local:vm-4001-disk-0', sizeMiB: 1_024 }],
  nics: [{ mac: 'BC:24:11:00:00:01', bridge: 'vmbr1', vlanTag: 100 }],
  addresses: ['10.0.0.2'],
  guest: { answers: true, hostname: 'dc', os: 'Debian' },
};

const failing = (found: Partial<ManifestNode>) => verifyNode(clean, { ...clean, ...found }).filter(({ ok }) => !ok);

test('a node that is what its manifest says passes, on whatever host it lives', () => {
  expect(failing({ host: 'pve2' })).toEqual([]);
});

test.each<[string, Partial<ManifestNode>, string]>([
  ['snapshot', { snapshot: 'mine' }, 'mine'],
  ['snapshot', { snapshot: null }, 'none'],
  ['lock', { lock: 'backup' }, 'backup'],
  ['power', { power: 'stopped' }, 'stopped'],
  ['config', { config: { cores: '4', memory: '4096' }, configDigest: 'b' }, 'cores: 4'],
  ['disks', { disks: [] }, 'none'],
  ['nics', { nics: [{ mac: 'BC:24:11:00:00:01', bridge: 'vmbr0' }] }, 'BC:24:11:00:00:01 on vmbr0'],
  ['guest', { guest: { answers: false, hostname: null, os: null } }, 'does not answer'],
  ['addresses', { addresses: [] }, 'none'],
])('another %s is found, and said', (check, found, said) => {
  expect(failing(found)).toEqual([expect.objectContaining({ check, found: said })]);
});

test('of a guest that was not asked when the baseline was taken nothing is expected', () => {
  const silent = { ...clean, guest: null, addresses: null };
  expect(verifyNode(silent, clean).every(({ ok }) => ok)).toBe(true);
});

test('what the digest is made of does not depend on the order of the nodes, nor on their hosts', () => {
  const other = { ...clean, node: 'ws' };
  expect(digestedManifest([clean, other])).toEqual(digestedManifest([{ ...other, host: 'pve9' }, clean]));
});
