import { decodeSshKeys, encodeForm, encodeSshKeys, fillRoute } from './form-encoding';

test('booleans are 1 and 0, arrays repeat their key, what is undefined is left out', () => {
  expect(encodeForm({ full: false, purge: true, command: ['ls', '-l /'], storage: undefined })).toBe(
    'full=0&purge=1&command=ls&command=-l%20%2F',
  );
});

test('a blank in SSH keys is never a plus', () => {
  const encoded = encodeSshKeys(['ssh-ed25519 AAAA+/= user@example (laptop)']);
  expect(encoded).toBe('ssh-ed25519%20AAAA%2B%2F%3D%20user%40example%20%28laptop%29%0A');
});

test('SSH keys survive the way there and back', () => {
  const keys = ['ssh-ed25519 AAAA one@example', 'ssh-rsa BBBB zwölf@example'];
  expect(decodeSshKeys(encodeSshKeys(keys))).toEqual(keys);
});

test('the name of a task is percent-encoded in a path', () => {
  expect(fillRoute('/nodes/{node}/tasks/{upid}', { node: 'pve1', upid: 'UPID:pve1:u@pve!t:' })).toBe(
    '/nodes/pve1/tasks/UPID%3Apve1%3Au%40pve!t%3A',
  );
});
