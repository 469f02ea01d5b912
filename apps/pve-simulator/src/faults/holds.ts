import { Interrupted } from '../timing/time';
import { matches, type Subject } from './faults';

/**
 * Where a hold stops a call or task: before it executes, after it executed and before its answer, when its task began
 * and did nothing yet, when its task did everything and has not ended yet.
 */
export const HOLD_PHASES = ['request', 'response', 'task', 'task-end'] as const;
export type HoldPhase = (typeof HOLD_PHASES)[number];

export interface HoldSpec {
  readonly operation: string;
  readonly phase?: HoldPhase;
  readonly vmId?: number;
  readonly host?: string;
  /** How many calls it stops before it lets the rest pass; default one. */
  readonly times?: number;
}

interface Hold extends Required<Pick<HoldSpec, 'operation' | 'phase'>> {
  readonly id: string;
  readonly vmId?: number;
  readonly host?: string;
  left: number;
  reached: number;
  released: boolean;
  readonly opening: Promise<void>;
  readonly open: () => void;
  readonly onReached: (() => void)[];
}

export interface HoldState {
  readonly id: string;
  readonly operation: string;
  readonly phase: HoldPhase;
  readonly reached: boolean;
  readonly waiting: number;
  readonly released: boolean;
}

/** Sync points for tests: the next matching call or task stops there until it is released. */
export class Holds {
  private readonly holds = new Map<string, Hold>();
  private count = 0;

  add(spec: HoldSpec): HoldState {
    this.count += 1;
    let open = (): void => undefined;
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const hold: Hold = {
      id: `hold-${this.count}`,
      operation: spec.operation,
      phase: spec.phase ?? 'request',
      ...(spec.vmId === undefined ? {} : { vmId: spec.vmId }),
      ...(spec.host === undefined ? {} : { host: spec.host }),
      left: spec.times ?? 1,
      reached: 0,
      released: false,
      opening,
      open,
      onReached: [],
    };
    this.holds.set(hold.id, hold);
    return stateOf(hold);
  }

  async pass(phase: HoldPhase, subject: Subject, signal?: AbortSignal): Promise<void> {
    if (this.holds.size === 0) return;
    for (const hold of this.holds.values()) {
      if (hold.released || hold.left <= 0 || hold.phase !== phase || !matches(hold, subject)) continue;
      hold.left -= 1;
      hold.reached += 1;
      hold.onReached.splice(0).forEach((notify) => notify());
      await unlessAborted(hold.opening, signal);
    }
  }

  state(id: string): HoldState | undefined {
    const hold = this.holds.get(id);
    return hold && stateOf(hold);
  }

  list(): HoldState[] {
    return [...this.holds.values()].map(stateOf);
  }

  /** Resolves when something stopped at the hold, or after the given real milliseconds. */
  async waitReached(id: string, milliseconds: number): Promise<HoldState | undefined> {
    const hold = this.holds.get(id);
    if (hold === undefined) return undefined;
    if (hold.reached === 0 && milliseconds > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        hold.onReached.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return stateOf(hold);
  }

  release(id: string): HoldState | undefined {
    const hold = this.holds.get(id);
    if (hold === undefined) return undefined;
    hold.released = true;
    hold.open();
    hold.onReached.splice(0).forEach((notify) => notify());
    return stateOf(hold);
  }

  releaseAll(): void {
    for (const id of this.holds.keys()) this.release(id);
    this.holds.clear();
  }
}

function stateOf(hold: Hold): HoldState {
  const { id, operation, phase, released, reached } = hold;
  return { id, operation, phase, reached: reached > 0, waiting: released ? 0 : reached, released };
}

function unlessAborted(opening: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return opening;
  if (signal.aborted) return Promise.reject(new Interrupted(String(signal.reason)));
  return new Promise((resolve, reject) => {
    const interrupt = () => reject(new Interrupted(String(signal.reason)));
    signal.addEventListener('abort', interrupt, { once: true });
    void opening.then(() => {
      signal.removeEventListener('abort', interrupt);
      resolve();
    });
  });
}
