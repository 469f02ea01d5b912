import { storageFeatures, volumeFeatures } from './storage-features';

test('a type that is not known is trusted with nothing', () => {
  expect(storageFeatures('somebody-s-plugin')).toEqual({ snapshots: false, linkedClones: false, newestOnly: false });
});

test.each([
  ['dir', 'local:900/base-900-disk-0.qcow2', true],
  ['dir', 'local:900/base-900-disk-0.raw', false],
  ['nfs', 'nas:900/base-900-disk-0.qcow2', true],
  ['lvmthin', 'local-lvm:base-900-disk-0', true],
  ['lvm', 'san:vm-900-disk-0', false],
])('on %s the volume %s can take snapshots: %s', (type, volume, expected) => {
  expect(volumeFeatures(type, volume).snapshots).toBe(expected);
});
