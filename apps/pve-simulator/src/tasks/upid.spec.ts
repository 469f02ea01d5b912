import { formatUpid, parseUpid } from './upid';

const PARTS = {
  node: 'pve1',
  pid: 3656,
  pstart: 415881,
  starttime: 0x6b0444ca,
  type: 'qmstart',
  id: '998',
  user: 'root@pam!rig',
};

test('a UPID holds its parts and ends with a colon', () => {
  const upid = formatUpid(PARTS);

  expect(upid).toBe('UPID:pve1:00000E48:00065889:6B0444CA:qmstart:998:root@pam!rig:');
  expect(parseUpid(upid)).toEqual(PARTS);
});

test.each(['abc', 'UPID:x', formatUpid(PARTS).slice(0, -1)])('%s is no UPID', (text) => {
  expect(parseUpid(text)).toBeUndefined();
});
