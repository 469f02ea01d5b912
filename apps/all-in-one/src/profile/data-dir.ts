import { mkdir, readFile } from 'node:fs/promises';
import { claimFolder, FolderInUseError, StartError } from '@orion/runtime';

/** Makes the data folder and claims it for this process; answers how to give it up. One platform at a time may use it. */
export async function claimDataDir(dir: string): Promise<() => Promise<void>> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return claimFolder(dir).catch((error: unknown) => {
    if (!(error instanceof FolderInUseError)) throw error;
    throw new StartError(
      `Orion Range runs on ${dir} already, as process ${error.pid}. Stop it, or set ORION_DATA_DIR to another folder.`,
      { cause: error },
    );
  });
}

/** The key with which the platform registers its own site. It must stay where the first start has put it. */
export async function readAdminKey(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new StartError(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}): it holds the admin key by which the platform registers its site. Put the key that was shown at the first start, or another admin key, into it.`,
      { cause: error },
    );
  }
}
