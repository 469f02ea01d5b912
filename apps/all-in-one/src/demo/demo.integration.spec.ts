import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIdentity } from '@orion/pve-simulator';
import { runToEnd, temporaryDataDir } from '@orion/testing';
import { ROOT, startForeignCluster, UNPRIVILEGED_TOKEN, type ForeignCluster } from './foreign-cluster.fixture';

const dir = temporaryDataDir('demo');
let cluster: ForeignCluster;

async function runDemo(
  changed: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly text: string }> {
  const { code, lines } = await runToEnd(join(ROOT, 'apps/all-in-one/dist/demo/main.js'), {
    env: { HOME: dir, ORION_DATA_DIR: dir, ...cluster.site, ...changed },
  });
  return { code, text: lines.join('\n') };
}

beforeAll(async () => {
  cluster = await startForeignCluster(dir);
  await writeFile(join(dir, 'other-ca.pem'), (await createIdentity([])).caPem);
});

test('on a cluster that it did not make, with the token of the documentation, the demo is ok and leaves no trace', async () => {
  const before = await cluster.vms();

  const { code, text } = await runDemo();

  expect(text).toMatch(/the hypervisor is empty again[^]*demo: ok$/);
  expect(text).not.toContain('warning:');
  expect(code).toBe(0);
  expect(await cluster.vms()).toEqual(before);
});

test.each([
  ['a wrong CA', { SITE_CA: join(dir, 'other-ca.pem') }, 'is not trusted: unable to verify the first certificate'],
  ['a wrong secret', { SITE_TOKEN: 'orion@pve!range=0' }, 'The token is refused: Authentication failed! (SITE_TOKEN'],
  [
    'a token without privileges',
    { SITE_TOKEN: UNPRIVILEGED_TOKEN },
    'VM.Allocate on /pool/cyber is missing: needed for cloning',
  ],
  ['a template that is missing', { SITE_TEMPLATE: '9999' }, 'Template debian-12 (VM 9999) is not on rack2'],
  ['a CA file that is missing', { SITE_CA: join(dir, 'none.pem') }, 'none.pem, which cannot be read (ENOENT).'],
])(
  '%s is told in a sentence, and nothing is changed',
  async (_, variables: Readonly<Record<string, string>>, sentence) => {
    const changes = await cluster.changes();

    const { code, text } = await runDemo(variables);

    expect(text).toContain(sentence);
    expect(text).toContain('demo: failed');
    expect(code).toBe(1);
    expect(await cluster.changes()).toBe(changes);
  },
);
