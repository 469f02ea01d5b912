import { readFileSync } from 'node:fs';
import { link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../service/start-error';

/** Another living process uses the folder. */
export class FolderInUseError extends StartError {
  override readonly name = 'FolderInUseError';

  constructor(
    dir: string,
    /** The process that holds it. */
    readonly pid: number,
  ) {
    super(`${dir} is in use by process ${pid}. Stop that process, or use another folder.`);
  }
}

/**
 * Claims a folder for this process; answers how to give it up. Throws when a living process holds it. The claim of a process
 * that is gone does not count, even when another process got its number since.
 */
export async function claimFolder(dir: string): Promise<() => Promise<void>> {
  const claim = join(dir, 'launcher');
  const draft = `${claim}.${process.pid}`;
  await writeFile(draft, identity(process.pid) ?? String(process.pid));
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await link(draft, claim);
        return () => rm(claim, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readIfThere(claim);
      const pid = Number(holder.split(' ')[0]);
      if (attempt > 5 || (pid > 0 && identity(pid) === holder)) {
        throw new FolderInUseError(dir, pid);
      }
      await rm(claim, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** The process number and when it began; undefined when there is no such process, or it has ended and nobody asked how. */
function identity(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  // proc(5): field 3 is the state, 22 the start time; the command in field 2 may hold spaces, but ends with the last
  // parenthesis.
  const stat = readIfThere(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : `${pid} ${fields[19] ?? ''}`;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
