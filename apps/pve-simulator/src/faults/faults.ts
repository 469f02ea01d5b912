import { Random } from '../timing/random';

export const FAULT_KINDS = [
  'respond500',
  'respond500AfterSuccess',
  '596BeforeExecuting',
  '596AfterExecuting',
  'dropConnection',
  'dropConnectionAfterExecuting',
  'delayMs',
  'taskFails',
  'taskKilled',
  'taskReportsFailure',
  'startReportsFailureYetStarts',
  'loseUpid',
  'staleLock',
  'lagListing',
  'hostFailsSilently',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultSpec {
  /** An operation name (`vm.clone`), a prefix (`vm.*`) or `*`. */
  readonly operation: string;
  readonly kind: FaultKind;
  readonly vmId?: number;
  readonly host?: string;
  /** How often it strikes; default once. Ignored when a probability is given without it. */
  readonly times?: number;
  /** Matching calls that pass unharmed before it strikes. */
  readonly skip?: number;
  /** Chance of each matching call, drawn from `seed`. */
  readonly probability?: number;
  readonly seed?: string;
  /** Error text, lock name. */
  readonly text?: string;
  /** Simulated milliseconds, for `delayMs`, `lagListing` and `taskKilled`. */
  readonly milliseconds?: number;
}

export interface Fault extends FaultSpec {
  readonly id: string;
  left: number;
  skipLeft: number;
  hits: number;
}

export interface Subject {
  readonly operation: string;
  readonly vmIds: readonly number[];
  readonly host?: string | undefined;
}

interface CallFault {
  readonly delay: number;
  readonly before?: Fault;
  readonly after?: Fault;
  readonly lag?: number;
}

interface TaskFault {
  readonly fails?: string;
  /** Simulated milliseconds after which its worker dies. */
  readonly killedAfter?: number;
  readonly reportsFailure?: string;
  readonly loseUpid: boolean;
  readonly staleLock?: string;
}

const BEFORE: readonly FaultKind[] = ['respond500', '596BeforeExecuting', 'dropConnection'];
const AFTER: readonly FaultKind[] = ['respond500AfterSuccess', '596AfterExecuting', 'dropConnectionAfterExecuting'];
/** Strikes a host within a task that takes no notice of it. */
const ON_HOST: readonly FaultKind[] = ['hostFailsSilently'];
const CALL: readonly FaultKind[] = [...BEFORE, ...AFTER, 'delayMs', 'lagListing'];

/** Faults on demand: each strikes matching calls or tasks, once, a number of times, or by seeded chance. */
export class Faults {
  private readonly faults = new Map<string, Fault & { random?: Random }>();
  private count = 0;

  add(spec: FaultSpec): Fault {
    this.count += 1;
    const endless = spec.probability !== undefined && spec.times === undefined;
    const fault = {
      ...spec,
      id: `fault-${this.count}`,
      left: endless ? Number.MAX_SAFE_INTEGER : (spec.times ?? 1),
      skipLeft: spec.skip ?? 0,
      hits: 0,
      ...(spec.probability === undefined ? {} : { random: Random.fromSeed(spec.seed ?? 'faults') }),
    };
    this.faults.set(fault.id, fault);
    return fault;
  }

  list(): Fault[] {
    return [...this.faults.values()].map((fault) => ({ ...fault, random: undefined }));
  }

  remove(id: string): boolean {
    return this.faults.delete(id);
  }

  clear(): void {
    this.faults.clear();
  }

  takeForCall(subject: Subject): CallFault {
    if (this.faults.size === 0) return { delay: 0 };
    const struck = this.take(subject, (kind) => CALL.includes(kind));
    const before = struck.find((fault) => BEFORE.includes(fault.kind));
    const after = struck.find((fault) => AFTER.includes(fault.kind));
    const lag = struck.find((fault) => fault.kind === 'lagListing');
    const delays = struck.filter((fault) => fault.kind === 'delayMs').map((fault) => fault.milliseconds ?? 0);
    return {
      delay: delays.reduce((sum, delay) => sum + delay, 0),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(lag === undefined ? {} : { lag: lag.milliseconds ?? 60_000 }),
    };
  }

  takeForTask(subject: Subject): TaskFault {
    if (this.faults.size === 0) return { loseUpid: false };
    const struck = this.take(subject, (kind) => !CALL.includes(kind) && !ON_HOST.includes(kind));
    const text = (kinds: readonly FaultKind[], otherwise: string) => {
      const fault = struck.find((one) => kinds.includes(one.kind));
      return fault === undefined ? undefined : (fault.text ?? otherwise);
    };
    const fails = text(['taskFails'], 'simulated failure');
    const reportsFailure = text(
      ['taskReportsFailure', 'startReportsFailureYetStarts'],
      'start failed: QEMU exited with code 1',
    );
    const staleLock = text(['staleLock'], 'snapshot');
    const killed = struck.find((fault) => fault.kind === 'taskKilled');
    return {
      loseUpid: struck.some((fault) => fault.kind === 'loseUpid'),
      ...(fails === undefined ? {} : { fails }),
      ...(killed === undefined ? {} : { killedAfter: killed.milliseconds ?? 50 }),
      ...(reportsFailure === undefined ? {} : { reportsFailure }),
      ...(staleLock === undefined ? {} : { staleLock }),
    };
  }

  /** Why a host fails in its part of a task; undefined: it does not. */
  takeForHost(subject: Subject): string | undefined {
    const [struck] = this.faults.size === 0 ? [] : this.take(subject, (kind) => ON_HOST.includes(kind));
    return struck && (struck.text ?? 'simulated failure');
  }

  private take(subject: Subject, kinds: (kind: FaultKind) => boolean): Fault[] {
    return [...this.faults.values()].filter((fault) => {
      if (fault.left <= 0 || !kinds(fault.kind) || !matches(fault, subject)) return false;
      if (fault.skipLeft > 0) {
        fault.skipLeft -= 1;
        return false;
      }
      if (fault.random !== undefined && fault.random.next() >= (fault.probability ?? 0)) return false;
      fault.left -= 1;
      fault.hits += 1;
      return true;
    });
  }
}

export function matches(pattern: { operation: string; vmId?: number; host?: string }, subject: Subject): boolean {
  if (pattern.vmId !== undefined && !subject.vmIds.includes(pattern.vmId)) return false;
  if (pattern.host !== undefined && pattern.host !== subject.host) return false;
  if (pattern.operation === '*' || pattern.operation === subject.operation) return true;
  return pattern.operation.endsWith('.*') && subject.operation.startsWith(pattern.operation.slice(0, -1));
}
