import { mkdir, mkdtemp, readdir, readFile, readlink, rm, rmdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandEnvelope } from '@orion/contracts';
import { FolderInUseError } from '@orion/runtime';
import { Journal } from './journal';
import { RecordLog } from './record-log';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'orion-journal-'));
  path = join(dir, 'journal.ndjson');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const AT = new Date('2026-01-01T00:00:00Z');

function aCommand(commandId: string, sequence: number): CommandEnvelope<'vm.start'> {
  return {
    commandId,
    siteId: 'site',
    generation: 1,
    target: 'vm:4001',
    sequence,
    kind: 'vm.start',
    version: 1,
    attempt: 1,
    expiresAt: AT.toISOString(),
    timeoutMs: 1_000,
    tenantId: 'tenant',
    jobId: 'job',
    stepId: 'step',
    payload: { vmId: 4001, host: 'pve1' },
  };
}

async function reopened(journal: Journal): Promise<Journal> {
  await journal.close();
  return Journal.open(dir);
}

test('what was appended is there after a restart', async () => {
  const first = await Journal.open(dir);
  await first.accept(aCommand('one', 7));
  await first.task('one', 'UPID:1');
  await first.fact('one', { type: 'started' }, AT);
  await first.recorded('one', 1);
  const second = await reopened(await reopened(first));

  expect(second.sequenceOf('vm:4001')).toBe(7);
  expect(second.unfinished()).toMatchObject([{ task: 'UPID:1', facts: [], lastFact: 1 }]);
  expect(await second.fact('one', { type: 'ended', outcome: { status: 'cancelled' } }, AT)).toMatchObject({
    number: 2,
  });
  const third = await reopened(second);
  expect(third.unfinished()).toEqual([]);
  expect(third.find('one')).toMatchObject({ outcome: { status: 'cancelled' }, lastFact: 2 });
  await third.close();
});

test('a blank journal stays blank until it has caught up', async () => {
  const first = await Journal.open(dir);
  await first.raise([['vm:4001', 3]]);
  const second = await reopened(first);
  expect(second.blank).toBe(true);
  await second.markCaughtUp();
  const third = await reopened(second);
  expect(third.blank).toBe(false);
  expect(third.sequenceOf('vm:4001')).toBe(3);
  await third.close();
});

test('a sequence never falls', async () => {
  const journal = await Journal.open(dir);
  await journal.raise([['vm:4001', 9]]);
  await journal.raise([['vm:4001', 4]]);
  expect(journal.sequenceOf('vm:4001')).toBe(9);
  await journal.close();
});

test('one process at a time uses a folder', async () => {
  const journal = await Journal.open(dir);
  await expect(Journal.open(dir)).rejects.toThrow(FolderInUseError);
  await journal.close();
});

test('wherever a crash cuts the file, the whole records before the cut are read and new ones follow them', async () => {
  const { log } = await RecordLog.open<number>(path);
  await log.append(10, 20, 30);
  await log.close();
  const whole = await readFile(path);
  for (let cut = 0; cut <= whole.length; cut++) {
    await writeFile(path, whole);
    await truncate(path, cut);
    const torn = await RecordLog.open<number>(path);
    const intact = whole.subarray(0, cut).toString().split('\n').length - 1;
    expect(torn.records).toEqual([10, 20, 30].slice(0, intact));
    await torn.log.append(40);
    await torn.log.close();
    const again = await RecordLog.open<number>(path);
    expect(again.records).toEqual([...torn.records, 40]);
    await again.log.close();
  }
});

test.each([
  ['before another record', '%s'],
  ['at the end', ''],
  ['before a torn record', 'torn'],
])('a whole record with a wrong checksum is refused %s: somebody may have been told of it', async (_, tail) => {
  const { log } = await RecordLog.open<number>(path);
  await log.append(2);
  await log.close();
  const good = await readFile(path, 'utf8');
  await writeFile(path, `${good}00000000 1\n${tail.replace('%s', good)}`);
  const damaged = await readFile(path);

  await expect(RecordLog.open(path)).rejects.toThrow(`damaged at byte ${good.length}`);
  expect(await readFile(path)).toEqual(damaged);
});

test('a journal that does not open holds neither its file nor its folder', async () => {
  await (await Journal.open(dir)).close();
  await mkdir(`${path}.new`);
  await expect(Journal.open(dir)).rejects.toThrow('EISDIR');
  const held = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  expect(held).not.toContain(path);

  await rmdir(`${path}.new`);
  await (await Journal.open(dir)).close();
});

test('a record that comes in the turn in which a write ends is written, too', async () => {
  const { log } = await RecordLog.open<number>(path);
  for (let i = 0; i < 50; i++) await log.append(i).then(() => log.append(i));
  await log.close();
  const { log: again, records } = await RecordLog.open<number>(path);
  expect(records).toHaveLength(100);
  await again.close();
});

test('a record that cannot be written is refused, and so is the next one', async () => {
  const { log } = await RecordLog.open<number>(path);
  await log.close();
  await expect(log.append(1)).rejects.toThrow();
  await expect(log.append(2)).rejects.toThrow();
});

test('a fence that could not be written counts at once, and its repetition is not confirmed either', async () => {
  const journal = await Journal.open(dir);
  await journal.close();
  for (let repetition = 0; repetition < 2; repetition++) {
    await expect(journal.raise([['vm:4001', 5]])).rejects.toThrow();
    expect(journal.sequenceOf('vm:4001')).toBe(5);
  }
});

test('a command or an outcome that could not be written is not known', async () => {
  const journal = await Journal.open(dir);
  await journal.accept(aCommand('one', 7));
  await journal.close();
  await expect(journal.accept(aCommand('two', 8))).rejects.toThrow();
  await expect(journal.fact('one', { type: 'ended', outcome: { status: 'cancelled' } }, AT)).rejects.toThrow();
  expect(journal.find('two')).toBeUndefined();
  expect(journal.find('one')).toMatchObject({ facts: [], lastFact: 0 });
  expect(journal.unfinished()).toHaveLength(1);
});

test('facts that nobody has recorded keep their numbers through a restart', async () => {
  const first = await Journal.open(dir);
  await first.accept(aCommand('one', 7));
  await first.fact('one', { type: 'started' }, AT);
  await first.recorded('one', 1);
  await first.fact('one', { type: 'task', handle: 'UPID:1' }, AT);
  const second = await reopened(first);
  expect(second.withUnrecordedFacts()).toMatchObject([{ facts: [{ number: 2 }], lastFact: 2 }]);
  await second.close();
});
