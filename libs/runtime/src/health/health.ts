import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../clock';
import { redactText } from '../logging/redaction';

export type HealthState = 'up' | 'degraded' | 'down';

export interface HealthResult {
  readonly state: HealthState;
  /** Milliseconds; measured around the check when the check does not tell. */
  readonly latencyMs?: number;
  readonly detail?: string;
}

/** Looks at one thing that the service needs. May throw: that counts as down. */
export interface HealthCheck {
  readonly name: string;
  /** While it is down the service cannot accept work; true unless told. An optional one only degrades it. */
  readonly required?: boolean;
  check(): Promise<HealthResult>;
}

export interface HealthReport {
  readonly state: HealthState;
  readonly checks: Readonly<Record<string, HealthResult & { readonly latencyMs: number }>>;
}

const CHECK_MS = 2_000;

/** Knows what a service needs and how each of it does. */
export class Health {
  private readonly checks: HealthCheck[] = [];
  private stopping = false;
  private running: Promise<HealthReport> | undefined;

  constructor(private readonly timeoutMs = CHECK_MS) {}

  add(...checks: readonly HealthCheck[]): void {
    this.checks.push(...checks);
  }

  /** From now on the service is not ready, whatever its checks say. */
  markStopping(): void {
    this.stopping = true;
  }

  /** Runs all checks at once, each for two seconds at most. Callers that come while they run share the outcome. */
  report(): Promise<HealthReport> {
    this.running ??= this.runAll().finally(() => (this.running = undefined));
    return this.running;
  }

  private async runAll(): Promise<HealthReport> {
    const results = await Promise.all(this.checks.map(async (check) => ({ check, result: await this.runOne(check) })));
    const states = results.map(({ check, result }) =>
      result.state === 'down' && check.required === false ? 'degraded' : result.state,
    );
    return {
      state: this.stopping ? 'down' : worst(states),
      checks: Object.fromEntries(results.map(({ check, result }) => [check.name, result])),
    };
  }

  private async runOne(check: HealthCheck): Promise<HealthResult & { latencyMs: number }> {
    const begun = monotonicMs();
    const abandoned = new AbortController();
    const latency = (): number => Math.round((monotonicMs() - begun) * 10) / 10;
    const late = delay(this.timeoutMs, undefined, { signal: abandoned.signal }).then((): HealthResult => {
      return { state: 'down', detail: `no answer within ${this.timeoutMs} ms` };
    });
    try {
      const result = await Promise.race([check.check(), late]);
      return { latencyMs: latency(), ...result };
    } catch (error) {
      const detail = redactText(error instanceof Error ? error.message : String(error));
      return { state: 'down', latencyMs: latency(), detail };
    } finally {
      abandoned.abort();
      late.catch(() => undefined);
    }
  }
}

function worst(states: readonly HealthState[]): HealthState {
  if (states.includes('down')) return 'down';
  return states.includes('degraded') ? 'degraded' : 'up';
}
