import { readEvidence, readTransportEvidence } from './read-evidence';

test('the text of an error comes from the body, whole', () => {
  const body = JSON.stringify({ data: null, message: 'first line\nsecond line\n' });
  expect(readEvidence(500, 'first line', body).failure).toMatchObject({
    text: 'first line\nsecond line',
    ambiguous: false,
  });
});

test('before version 8.4 the text of an error comes from the reason phrase', () => {
  expect(readEvidence(500, 'VM is locked (clone)', '{"data":null}').failure).toMatchObject({
    text: 'VM is locked (clone)',
  });
});

test('complaints about parameters are kept without their newlines', () => {
  const body = JSON.stringify({
    data: null,
    message: 'Parameter verification failed.\n',
    errors: { name: 'bad name\n' },
  });
  expect(readEvidence(400, 'Parameter verification failed.', body).failure?.parameters).toEqual({ name: 'bad name' });
});

test.each([595, 596, 597, 598, 599, 502])('after %i the hypervisor may have acted', (status) => {
  expect(readEvidence(status, 'Broken pipe', '').failure?.ambiguous).toBe(true);
});

test('an answer that cannot be read may hide a change', () => {
  expect(readEvidence(200, 'OK', '<html>').failure?.ambiguous).toBe(true);
});

test.each([
  ['ECONNREFUSED', false],
  ['ERR_CERTIFICATE_FINGERPRINT', false],
  ['ECONNRESET', true],
  ['EPIPE', true],
])('a connection that fails with %s leaves a doubt: %s', (code, ambiguous) => {
  expect(readTransportEvidence(Object.assign(new Error('failed'), { code })).ambiguous).toBe(ambiguous);
});
