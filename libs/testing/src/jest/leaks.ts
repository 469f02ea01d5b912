import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What a process holds: living children by number, and how many of each kind of handle keep it from ending. */
export interface Holdings {
  readonly children: ReadonlyMap<number, string>;
  readonly handles: ReadonlyMap<string, number>;
}

/** Handles that a test must have closed at its end; timers are left out, because libraries keep harmless ones. */
const WATCHED = new Set(['TCPServerWrap', 'TCPSocketWrap', 'ProcessWrap', 'Worker']);
const GRACE_MS = 2_000;

export function currentHoldings(): Holdings {
  const handles = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (WATCHED.has(kind)) handles.set(kind, (handles.get(kind) ?? 0) + 1);
  }
  return { children: livingChildren(), handles };
}

/** What came since `before` and does not go away within two seconds, as sentences. Children among it are killed. */
export async function findLeaks(before: Holdings): Promise<readonly string[]> {
  const deadline = performance.now() + GRACE_MS;
  let leaks = compare(before, currentHoldings());
  while (leaks.length > 0 && performance.now() < deadline) {
    await delay(50);
    leaks = compare(before, currentHoldings());
  }
  for (const pid of currentHoldings().children.keys()) {
    if (leaks.length > 0 && !before.children.has(pid)) process.kill(pid, 'SIGKILL');
  }
  return leaks;
}

function compare(before: Holdings, now: Holdings): string[] {
  const children = [...now.children]
    .filter(([pid]) => !before.children.has(pid))
    .map(([pid, command]) => `child process ${pid} still runs: ${command}`);
  const handles = [...now.handles]
    .map(([kind, count]) => ({ kind, left: count - (before.handles.get(kind) ?? 0) }))
    .filter(({ left }) => left > 0)
    .map(({ kind, left }) => `${left} of ${kind} still open`);
  return [...children, ...handles];
}

/** From /proc, so that also children count which our code did not spawn itself. Empty on other systems than Linux. */
function livingChildren(): Map<number, string> {
  const children = new Map<number, string>();
  for (const task of list('/proc/self/task')) {
    for (const pid of read(`/proc/self/task/${task}/children`).split(' ').filter(Boolean)) {
      const state = read(`/proc/${pid}/stat`).split(') ')[1]?.[0];
      if (state === undefined || state === 'Z') continue;
      children.set(Number(pid), read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim());
    }
  }
  return children;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
