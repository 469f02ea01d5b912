import type { CommandEnvelope, CommandKind, CommandResults } from '@orion/contracts';
import type { StepOutcome } from '@orion/domain';
import type { Hypervisor } from '@orion/hypervisor';
import { inSpan, logger, monotonicMs, withLogContext, withRemoteParent, type Clock } from '@orion/runtime';
import type { Journal, JournaledCommand } from '../journal/journal';
import type { FactSender } from './fact-sender';
import { CHANGING_KINDS, handle, WAITING_KINDS, type HandlerContext } from './handlers';
import type { Lease } from '../site/lease';
import { outcomeOf, type AbortReason } from './outcome';
import { Slots } from './slots';
import { Readiness } from './wait-for-readiness';

const log = logger('command-runner');

interface Run {
  readonly command: CommandEnvelope;
  readonly abort: AbortController;
  reason?: AbortReason;
  handle?: string;
}

export interface RunnerOptions {
  readonly journal: Journal;
  readonly facts: FactSender;
  readonly lease: Lease;
  readonly hypervisor: () => Hypervisor;
  readonly clock: Clock;
  readonly slots: number;
  /** Called after a command that made the site look different. */
  readonly onChange: () => void;
  /** Reports the whole site now; answers when the picture was taken, once that is recorded. */
  readonly reportSite: () => Promise<string>;
}

/** Runs accepted commands: one at a time per target, a bounded number at once, and reports what came of each. */
export class CommandRunner {
  private readonly runs = new Map<string, Run>();
  /** Tail of the queue of each target. */
  private readonly targets = new Map<string, Promise<void>>();
  private readonly slots: Slots;
  private readonly readiness = new Readiness();
  /** Aborts what only waits when the agent stops; what works at the hypervisor is left to its task. */
  private readonly halted = new AbortController();

  constructor(private readonly options: RunnerOptions) {
    this.slots = new Slots(options.slots);
  }

  get freeSlots(): number {
    return this.slots.free;
  }

  running(): readonly { readonly commandId: string; readonly handle?: string }[] {
    return [...this.runs].map(([commandId, { handle: task }]) => ({
      commandId,
      ...(task !== undefined && { handle: task }),
    }));
  }

  /** Runs a command once its target is free. An older one on the same target is told to end: it has been overtaken. */
  start(command: CommandEnvelope): void {
    for (const run of this.runs.values()) {
      if (run.command.target === command.target && run.command.commandId !== command.commandId) abort(run, 'cancelled');
    }
    const task = this.options.journal.find(command.commandId)?.task;
    const run: Run = { command, abort: new AbortController(), ...(task !== undefined && { handle: task }) };
    this.runs.set(command.commandId, run);
    const before = this.targets.get(command.target) ?? Promise.resolve();
    const done = before
      .then(() => this.perform(run))
      .finally(() => {
        this.runs.delete(command.commandId);
        if (this.targets.get(command.target) === done) this.targets.delete(command.target);
      });
    this.targets.set(command.target, done);
  }

  /** Goes on with what an earlier life of this agent had accepted. */
  resume(): void {
    for (const { command } of this.options.journal.unfinished()) this.start(command);
  }

  /** Tells a command to end; one that has ended, or was never seen, stays as it is. */
  cancel(commandId: string): void {
    const run = this.runs.get(commandId);
    if (run) abort(run, 'cancelled');
  }

  /** Begins nothing more. Tasks of the hypervisor go on, and the journal knows how to find them again. */
  halt(): void {
    this.halted.abort();
  }

  private get stopping(): boolean {
    return this.halted.signal.aborted;
  }

  private async perform(run: Run): Promise<void> {
    const { command } = run;
    const { commandId, stepId, jobId, rangeId, tenantId, kind } = command;
    const context = { commandId, stepId, jobId, tenantId, ...(rangeId !== undefined && { rangeId }) };
    await withRemoteParent(command.traceparent, () =>
      inSpan(`agent ${kind}`, { 'orion.command': commandId, 'orion.target': command.target }, () =>
        withLogContext(context, async () => {
          try {
            await this.performInContext(run);
          } catch (error) {
            // Only the journal fails here. The command stays unfinished and is taken up at the next start.
            log.error('Leaving command unfinished', { kind, err: error });
          }
        }),
      ),
    );
  }

  private async performInContext(run: Run): Promise<void> {
    const { journal, facts, clock, onChange } = this.options;
    const { command } = run;
    const known = journal.find(command.commandId);
    if (this.stopping || known === undefined || known.outcome !== undefined) return;
    const resumed = known.lastFact > 0;
    const began = monotonicMs();
    if (!resumed) {
      await journal.fact(command.commandId, { type: 'started' }, clock.now());
      facts.send(command.commandId);
    }
    const outcome = await this.outcome(run, known, resumed);
    if (this.stopping || outcome === undefined) return;
    log.info('Ending command', { kind: command.kind, outcome: outcome.status });
    const took = resumed ? {} : { tookMs: Math.round(monotonicMs() - began) };
    await journal.fact(command.commandId, { type: 'ended', outcome, ...took }, clock.now());
    facts.send(command.commandId);
    if (CHANGING_KINDS.has(command.kind)) onChange();
  }

  private async outcome(run: Run, known: JournaledCommand, resumed: boolean): Promise<StepOutcome | undefined> {
    const { command } = run;
    try {
      if (this.options.journal.sequenceOf(command.target) > command.sequence) abort(run, 'cancelled');
      const result = await this.inSlot(run, known, resumed, () => this.work(run, known, resumed));
      return { status: 'succeeded', result: { ...result } };
    } catch (error) {
      if (this.stopping) return undefined;
      const outcome = outcomeOf(error, run.reason, resumed);
      if (outcome.status === 'failed') log.warn('Command failed', { kind: command.kind, err: error });
      return outcome;
    }
  }

  /**
   * A task of an earlier life loads the site whether there is a slot or not, and is waited for even to be stopped. One that
   * earlier life never learnt of is looked for even when the command is not wanted any more.
   */
  private inSlot<T>(
    { command, abort: { signal } }: Run,
    { task }: JournaledCommand,
    resumed: boolean,
    work: () => Promise<T>,
  ): Promise<T> {
    if (WAITING_KINDS.has(command.kind)) return work();
    if (task !== undefined) return this.slots.runAtOnce(work);
    const { signal: halted } = this.halted;
    return this.slots.run(work, resumed ? halted : AbortSignal.any([signal, halted]));
  }

  /** The time-out counts from here: a command that waits for a slot has not begun. */
  private async work(run: Run, known: JournaledCommand, resumed: boolean): Promise<CommandResults[CommandKind]> {
    const { command } = run;
    // What has a task, or may have one, is cancelled by the adapter, which sees it stop.
    if (!resumed) run.abort.signal.throwIfAborted();
    this.halted.signal.throwIfAborted();
    log.info('Performing command', { kind: command.kind, target: command.target });
    const timer = setTimeout(() => abort(run, 'timeout'), command.timeoutMs);
    try {
      return await handle({ command, ...this.means(run, known, resumed) });
    } finally {
      clearTimeout(timer);
    }
  }

  private means(run: Run, known: JournaledCommand, resumed: boolean): Omit<HandlerContext<CommandKind>, 'command'> {
    const { journal, facts, clock, hypervisor, lease, reportSite } = this.options;
    const { commandId, timeoutMs } = run.command;
    const waiting = AbortSignal.any([run.abort.signal, this.halted.signal]);
    return {
      hypervisor: hypervisor(),
      readiness: this.readiness,
      reportSite,
      waiting,
      operation: {
        signal: run.abort.signal,
        timeoutMs,
        // The acceptance is the intent: a crash from here on leads to `resume`, which looks for the effect first.
        // Whoever serves the site after this agent counts on it to begin no change without a lease.
        onIntent: async () => {
          waiting.throwIfAborted();
          await lease.held(waiting);
        },
        onTask: async (task) => {
          run.handle = task;
          await journal.task(commandId, task);
          await journal.fact(commandId, { type: 'task', handle: task }, clock.now());
          facts.send(commandId);
        },
        ...(known.task !== undefined && { resumeTask: known.task }),
        resumed,
      },
    };
  }
}

function abort(run: Run, reason: AbortReason): void {
  run.reason ??= reason;
  run.abort.abort();
}
