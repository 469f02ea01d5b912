import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandEnvelope, CommandEvent } from '@orion/contracts';
import type { StepOutcome } from '@orion/domain';
import { claimFolder } from '@orion/runtime';
import { RecordLog, type RecordStore } from './record-log';

export type Fact = CommandEvent['fact'];

export type JournalRecord =
  | { readonly type: 'journal'; readonly id: string }
  | { readonly type: 'sequences'; readonly sequences: readonly (readonly [string, number])[] }
  | { readonly type: 'caught-up' }
  | { readonly type: 'accepted'; readonly command: CommandEnvelope }
  | { readonly type: 'task'; readonly commandId: string; readonly handle: string }
  | {
      readonly type: 'fact';
      readonly commandId: string;
      readonly number: number;
      readonly at: string;
      readonly fact: Fact;
    }
  | { readonly type: 'recorded'; readonly commandId: string; readonly number: number };

export interface JournaledFact {
  readonly number: number;
  readonly at: string;
  readonly fact: Fact;
}

/** What the agent knows of a command that it has accepted. */
export interface JournaledCommand {
  readonly command: CommandEnvelope;
  task?: string;
  outcome?: StepOutcome;
  /** Facts that no orchestrator has recorded yet, in order. */
  facts: JournaledFact[];
  lastFact: number;
}

/** Ended commands that are still answered by their id after a restart; older ones are fenced by their sequence. */
const REMEMBERED = 5_000;

/**
 * What the agent must not forget: the highest sequence of each target, the commands that it owns, their tasks at the
 * hypervisor and the facts that nobody has recorded yet. Everything is on disk when its promise resolves.
 */
export class Journal {
  private readonly sequences = new Map<string, number>();
  /** Those of `sequences` that are on disk. A fence counts at once, but is confirmed only from here. */
  private readonly durable = new Map<string, number>();
  private readonly commands = new Map<string, JournaledCommand>();
  private caughtUp = false;
  private ownId = '';

  private constructor(
    private readonly log: RecordStore<JournalRecord>,
    private readonly giveUpFolder: () => Promise<void>,
  ) {}

  /** Opens the journal of a folder, which one living process may use at a time (FolderInUseError). */
  static async open(dir: string): Promise<Journal> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const giveUpFolder = await claimFolder(dir);
    let log: RecordLog<JournalRecord> | undefined;
    try {
      const opened = await RecordLog.open<JournalRecord>(join(dir, 'journal.ndjson'));
      log = opened.log;
      return await Journal.over(log, opened.records, giveUpFolder);
    } catch (error) {
      await log?.close().catch(() => undefined);
      await giveUpFolder();
      throw error;
    }
  }

  /** The journal that `records` tell of, which goes on in `log`. */
  static async over(
    log: RecordStore<JournalRecord>,
    records: readonly JournalRecord[],
    giveUpFolder: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Journal> {
    const journal = new Journal(log, giveUpFolder);
    for (const record of records) journal.apply(record);
    journal.ownId ||= randomUUID();
    await journal.compact();
    return journal;
  }

  /** The same in every life of an agent, and no other's: it is made with the journal. */
  get id(): string {
    return this.ownId;
  }

  /** True until the agent has been given every sequence of its site: it may have forgotten what overtook a command. */
  get blank(): boolean {
    return !this.caughtUp;
  }

  sequenceOf(target: string): number {
    return this.sequences.get(target) ?? 0;
  }

  find(commandId: string): JournaledCommand | undefined {
    return this.commands.get(commandId);
  }

  /** Commands without an outcome, in the order of their acceptance. */
  unfinished(): readonly JournaledCommand[] {
    return [...this.commands.values()].filter(({ outcome }) => outcome === undefined);
  }

  withUnrecordedFacts(): readonly JournaledCommand[] {
    return [...this.commands.values()].filter(({ facts }) => facts.length > 0);
  }

  /** Raises sequences, in memory at once; lower ones than are on disk change nothing. A failed raise may be repeated. */
  async raise(sequences: readonly (readonly [string, number])[]): Promise<void> {
    for (const [target, sequence] of sequences) raiseTo(this.sequences, target, sequence);
    const higher = sequences.filter(([target, sequence]) => sequence > (this.durable.get(target) ?? 0));
    if (higher.length > 0) await this.write({ type: 'sequences', sequences: higher });
  }

  markCaughtUp(): Promise<void> {
    return this.write({ type: 'caught-up' });
  }

  /** The command's sequence counts at once, so that nothing older slips in while it is being written. */
  accept(command: CommandEnvelope): Promise<void> {
    raiseTo(this.sequences, command.target, command.sequence);
    return this.write({ type: 'accepted', command });
  }

  task(commandId: string, handle: string): Promise<void> {
    return this.write({ type: 'task', commandId, handle });
  }

  async fact(commandId: string, fact: Fact, at: Date): Promise<JournaledFact> {
    const number = (this.commands.get(commandId)?.lastFact ?? 0) + 1;
    const journaled = { number, at: at.toISOString(), fact };
    await this.write({ type: 'fact', commandId, ...journaled });
    return journaled;
  }

  recorded(commandId: string, number: number): Promise<void> {
    return this.write({ type: 'recorded', commandId, number });
  }

  async close(): Promise<void> {
    try {
      await this.log.close();
    } finally {
      await this.giveUpFolder();
    }
  }

  /** Nothing is known before it is on disk: what is told to others must survive a crash. */
  private async write(record: JournalRecord): Promise<void> {
    await this.log.append(record);
    this.apply(record);
  }

  private apply(record: JournalRecord): void {
    switch (record.type) {
      case 'journal':
        this.ownId = record.id;
        return;
      case 'sequences':
        for (const [target, sequence] of record.sequences) this.raiseDurable(target, sequence);
        return;
      case 'caught-up':
        this.caughtUp = true;
        return;
      case 'accepted':
        this.raiseDurable(record.command.target, record.command.sequence);
        this.commands.set(record.command.commandId, { command: record.command, facts: [], lastFact: 0 });
        return;
      case 'task':
        this.change(record.commandId, (known) => (known.task = record.handle));
        return;
      case 'fact':
        this.change(record.commandId, (known) => {
          known.facts.push({ number: record.number, at: record.at, fact: record.fact });
          known.lastFact = record.number;
          if (record.fact.type === 'ended') known.outcome = record.fact.outcome;
        });
        return;
      case 'recorded':
        this.change(record.commandId, (known) => {
          known.facts = known.facts.filter(({ number }) => number > record.number);
          known.lastFact = Math.max(known.lastFact, record.number);
        });
    }
  }

  private raiseDurable(target: string, sequence: number): void {
    raiseTo(this.sequences, target, sequence);
    raiseTo(this.durable, target, sequence);
  }

  private change(commandId: string, change: (known: JournaledCommand) => void): void {
    const known = this.commands.get(commandId);
    if (known) change(known);
  }

  private async compact(): Promise<void> {
    const settled = [...this.commands.values()].filter(
      ({ outcome, facts }) => outcome !== undefined && facts.length === 0,
    );
    for (const { command } of settled.slice(0, -REMEMBERED)) this.commands.delete(command.commandId);
    await this.log.rewrite([
      { type: 'journal', id: this.ownId },
      { type: 'sequences', sequences: [...this.sequences] },
      ...(this.caughtUp ? [{ type: 'caught-up' as const }] : []),
      ...[...this.commands.values()].flatMap(recordsOf),
    ]);
  }
}

function raiseTo(sequences: Map<string, number>, target: string, sequence: number): void {
  sequences.set(target, Math.max(sequence, sequences.get(target) ?? 0));
}

function recordsOf({ command, task, facts, outcome, lastFact }: JournaledCommand): JournalRecord[] {
  const { commandId } = command;
  const ended = outcome !== undefined && facts.length === 0;
  const recordedThrough = lastFact - facts.length;
  return [
    { type: 'accepted', command },
    ...(task === undefined ? [] : [{ type: 'task' as const, commandId, handle: task }]),
    ...(recordedThrough > 0 && !ended ? [{ type: 'recorded' as const, commandId, number: recordedThrough }] : []),
    ...facts.map((fact) => ({ type: 'fact' as const, commandId, ...fact })),
    ...(ended
      ? [
          {
            type: 'fact' as const,
            commandId,
            number: lastFact,
            at: command.expiresAt,
            fact: { type: 'ended' as const, outcome },
          },
          { type: 'recorded' as const, commandId, number: lastFact },
        ]
      : []),
  ];
}
