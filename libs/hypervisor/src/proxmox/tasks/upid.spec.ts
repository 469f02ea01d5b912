import { parseUpid } from './upid';

test('the name of a task tells host, start, kind and VM', () => {
  const text = 'UPID:pve1:000056EF:000B3D36:6B045151:qmclone:900:orion@pve!range:';
  expect(parseUpid(text)).toEqual({
    text,
    host: 'pve1',
    startedAt: 1795445073,
    type: 'qmclone',
    id: '900',
    user: 'orion@pve!range',
  });
});

test('a task without an id and one of a host that runs for long are read', () => {
  expect(parseUpid('UPID:pve-2.lab:00005C68:0000B8258:6B045202:reloadnetworkall::root@pam:')).toMatchObject({
    host: 'pve-2.lab',
    id: '',
  });
});

test.each(['', 'UPID', 'UPID:pve1:000056EF:000B3D36:6B045151:qmclone:900:orion@pve!range', 'OK'])(
  '"%s" is no name of a task',
  (text) => expect(parseUpid(text)).toBeUndefined(),
);
