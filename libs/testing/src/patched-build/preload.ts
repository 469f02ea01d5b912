import { existsSync, unwatchFile, watchFile, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { wantedPatches, type Patch } from './patch';

/*
 * Loaded before a service by `--require`. Changes the text of modules as Node compiles them, and fails the process when a
 * patch does not fit, or when the service says that it is ready without having loaded what was to be patched.
 */

interface Compiling {
  _compile(this: NodeJS.Module, content: string, filename: string): unknown;
}

const missing = new Set<Patch>(wantedPatches());
const prototype = Module.prototype as unknown as Compiling;
const compile = prototype._compile;

prototype._compile = function (content, filename) {
  let text = content;
  for (const patch of missing) {
    if (!filename.endsWith(`/${patch.module}`)) continue;
    const parts = text.split(patch.find);
    if (parts.length !== 2) fail(`${patch.module} has ${parts.length - 1} times what is to be patched: ${patch.find}`);
    text = parts.join(patch.replace);
    missing.delete(patch);
  }
  return compile.call(this, text, filename);
};

const { send } = process;
if (send !== undefined) {
  process.send = function (this: NodeJS.Process, ...message: unknown[]) {
    const { ready } = message[0] as { ready?: boolean };
    if (ready === true && missing.size > 0)
      fail(`${[...missing].map(({ module }) => module).join(', ')} was never loaded`);
    return Reflect.apply(send, this, message) as boolean;
  };
}

function fail(why: string): never {
  process.stderr.write(`The build cannot be patched: ${why}\n`);
  process.exit(70);
}

/** Says on standard error that it is there, and waits while the file exists. */
async function hold(name: string, file: string): Promise<void> {
  tell({ held: name });
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (existsSync(file)) return;
      unwatchFile(file, look);
      resolve();
    };
    watchFile(file, { interval: 20 }, look);
    look();
  });
}

/** The same for the first one to come, of all processes; the others go on. */
async function holdFirst(name: string, file: string): Promise<void> {
  try {
    writeFileSync(`${file}.taken`, '', { flag: 'wx' });
  } catch {
    return;
  }
  await hold(name, file);
}

const passages = new Map<string, number>();

/** Tells whether this is the passage that follows `after` others, counted from the moment in which the file exists. */
function isPassage(file: string, after: number, meant: boolean): boolean {
  if (!meant || !existsSync(file)) return false;
  const earlier = passages.get(file) ?? 0;
  passages.set(file, earlier + 1);
  return earlier === after;
}

/** Kills the process at a passage. */
function kill(file: string, after: number, meant: boolean): void {
  if (isPassage(file, after, meant)) process.kill(process.pid, 'SIGKILL');
}

/** Says on standard error that it is there and halts the process at a passage, with its connections open. */
function freeze(file: string, after: number, meant: boolean): void {
  if (!isPassage(file, after, meant)) return;
  tell({ frozen: file });
  process.kill(process.pid, 'SIGSTOP');
}

function tell(told: object): void {
  process.stderr.write(`${JSON.stringify(told)}\n`);
}

// What patched code calls.
Object.assign(globalThis, {
  orionTestHold: hold,
  orionTestHoldFirst: holdFirst,
  orionTestKill: kill,
  orionTestFreeze: freeze,
  orionTestTell: tell,
});
