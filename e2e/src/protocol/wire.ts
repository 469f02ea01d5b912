import { BusError } from '@orion/agent-bus';
import type { BusMessages, BusPattern } from '@orion/contracts';
import type { Chance } from './chance';
import type { Process } from './process';

export type Handler = (body: never) => Promise<unknown>;

/** Who listens, and to what. */
export interface Listener {
  readonly process: Process;
  readonly handlers: Readonly<Partial<Record<BusPattern, Handler>>>;
}

interface Held {
  readonly until: number;
  readonly letGo: () => void;
}

/** Turns of the scheduler that a late message may spend on its way. */
const LONGEST_WAY = 2_000;

type Fate = 'arrives' | 'request lost' | 'answer lost' | 'twice' | 'late';

/**
 * The bus: any listener may get a request, and any request may be lost, delayed past its time-out or delivered twice, as
 * may its answer. How long each takes is up to the scheduler, so that any two may overtake each other.
 */
export class Wire {
  /** From now on everything arrives. */
  calm = false;
  lossOneIn = 30;
  private turn = 0;
  private held: Held[] = [];

  constructor(
    private readonly chance: Chance,
    private readonly between: (label: string) => Promise<unknown>,
  ) {}

  clientFor(sender: Process, listeners: () => readonly Listener[]) {
    return {
      request: async <P extends BusPattern>(pattern: P, body: BusMessages[P]['request']) => {
        const fate = this.fate();
        if (fate === 'request lost') return this.timeOut(sender, pattern);
        if (fate === 'late' || fate === 'twice') {
          const late = this.hold().then(() => this.deliver(listeners, pattern, body));
          late.catch(() => undefined);
        }
        if (fate === 'late') return this.timeOut(sender, pattern);
        const answer = this.deliver(listeners, pattern, body);
        try {
          const reply = await answer;
          if (fate === 'answer lost') return await this.timeOut(sender, pattern);
          return reply as BusMessages[P]['reply'];
        } finally {
          await sender.point(`answer to ${pattern}`);
        }
      },
    };
  }

  /** A turn of the scheduler is over; `idle` when nothing but late messages is left. */
  passTurn(idle: boolean): void {
    this.turn += 1;
    if (this.held.length === 0) return;
    const due = this.held.filter(({ until }) => idle || until <= this.turn);
    this.held = this.held.filter((one) => !due.includes(one));
    for (const { letGo } of due) letGo();
  }

  private hold(): Promise<void> {
    const until = this.turn + this.chance.below(LONGEST_WAY);
    return new Promise((letGo) => this.held.push({ until, letGo }));
  }

  private fate(): Fate {
    if (this.calm) return 'arrives';
    const drawn = this.chance.below(Math.max(4, this.lossOneIn));
    if (drawn === 0) return 'request lost';
    if (drawn === 1) return 'answer lost';
    if (drawn === 2) return 'twice';
    if (drawn === 3) return 'late';
    return 'arrives';
  }

  private async deliver(listeners: () => readonly Listener[], pattern: BusPattern, body: unknown): Promise<unknown> {
    await this.between(pattern);
    const living = listeners().filter(({ process, handlers }) => !process.dead && handlers[pattern] !== undefined);
    const listener = this.chance.pick(living);
    const handle = listener?.handlers[pattern] as ((body: unknown) => Promise<unknown>) | undefined;
    if (listener === undefined || handle === undefined) throw new BusError('no_listener', 'Nobody listens.');
    const death = new Promise<never>((_, reject) => {
      listener.process.onDeath(() => reject(new BusError('timeout', 'The listener died.')));
    });
    death.catch(() => undefined);
    return Promise.race([handle(body), death]);
  }

  private async timeOut(sender: Process, pattern: string): Promise<never> {
    await sender.point(`time-out of ${pattern}`);
    throw new BusError('timeout', 'No answer in time.');
  }
}
