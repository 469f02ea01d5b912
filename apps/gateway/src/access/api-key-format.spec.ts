import { generateApiKey, hashSecret, isSecretOf, parseApiKey } from './api-key-format';

test('a key that was made is read back, and its hash knows its secret alone', () => {
  const { id, key, secretHash } = generateApiKey();
  const parts = parseApiKey(key);
  expect(parts?.id).toBe(id);
  expect(isSecretOf(parts?.secret ?? '', secretHash)).toBe(true);
  expect(isSecretOf('another', secretHash)).toBe(false);
  expect(isSecretOf(parts?.secret ?? '', Buffer.alloc(4))).toBe(false);
  expect(key).not.toContain(hashSecret(key).toString('hex'));
});

test.each([
  '',
  'orn_',
  'orn_0123456789abcdef_short',
  `ORN_0123456789abcdef_${'A'.repeat(43)}`,
  `orn_0123456789abcdef_${'A'.repeat(44)}`,
])('what is no key is none: %s', (text) => {
  expect(parseApiKey(text)).toBeUndefined();
});
