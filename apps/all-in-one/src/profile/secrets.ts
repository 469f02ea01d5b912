import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the parts of one platform on one machine share. Made at the first start, kept in a file of mode 0600. */
export interface Secrets {
  readonly gatewayPassword: string;
  readonly orchestratorPassword: string;
  readonly busToken: string;
}

/** Reads the secrets of a data folder, making them and the folder when they are missing. */
export async function readSecrets(dataDir: string): Promise<Secrets> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'secrets.json');
  const known = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (known !== undefined) return JSON.parse(known) as Secrets;
  const made: Secrets = { gatewayPassword: random(), orchestratorPassword: random(), busToken: random() };
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, JSON.stringify(made), { mode: 0o600 });
  await rename(draft, file);
  return made;
}

function random(): string {
  return randomBytes(24).toString('base64url');
}
