import { PROBLEMS } from '@orion/domain';
import { validateDocument } from '../validate-document';
import type { ValidationOptions, ValidationResult } from '../validation-result';
import { ValidationTimeoutError, ValidationWorker } from './validation-worker';

export interface ValidatorOptions {
  /** Threads; each is started when it is needed first. Default 1. */
  readonly workers?: number;
  /** Documents above this many bytes go to a thread. Default 32 KiB. */
  readonly thresholdBytes?: number;
  /** A document that takes longer is answered by `document.too_expensive`. Milliseconds; default 20,000. */
  readonly timeLimitMs?: number;
}

export interface BlueprintValidator {
  /** As `validateDocument`, without holding up the event loop for longer than a small document takes. */
  validate(source: string | Uint8Array, options?: ValidationOptions): Promise<ValidationResult>;
  /** Waits for documents that are being checked, then ends the threads. */
  close(): Promise<void>;
}

export function createBlueprintValidator(options: ValidatorOptions = {}): BlueprintValidator {
  return new PooledValidator(options.workers ?? 1, options.thresholdBytes ?? 32 * 1024, options.timeLimitMs ?? 20_000);
}

class PooledValidator implements BlueprintValidator {
  private readonly idle: ValidationWorker[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly running = new Set<Promise<unknown>>();
  private free: number;

  constructor(
    workers: number,
    private readonly thresholdBytes: number,
    private readonly timeLimitMs: number,
  ) {
    this.free = workers;
  }

  async validate(source: string | Uint8Array, options: ValidationOptions = {}): Promise<ValidationResult> {
    if (source.length <= this.thresholdBytes) return validateDocument(source, options);
    const run = this.validateInThread(source, options);
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    await Promise.all(this.idle.splice(0).map((worker) => worker.end()));
  }

  private async validateInThread(source: string | Uint8Array, options: ValidationOptions): Promise<ValidationResult> {
    await this.takeSlot();
    const worker = this.takeWorker();
    try {
      return await worker.validate({ source, options }, this.timeLimitMs);
    } catch (error) {
      if (error instanceof ValidationTimeoutError) return tooExpensive(this.timeLimitMs);
      throw error;
    } finally {
      if (worker.alive) this.idle.push(worker);
      this.giveSlotBack();
    }
  }

  private takeWorker(): ValidationWorker {
    for (let worker = this.idle.pop(); worker; worker = this.idle.pop()) if (worker.alive) return worker;
    return new ValidationWorker();
  }

  private async takeSlot(): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Passed on directly, so that nobody who comes later overtakes the queue. */
  private giveSlotBack(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free++;
  }
}

function tooExpensive(timeLimitMs: number): ValidationResult {
  const { severity, hint } = PROBLEMS['document.too_expensive'];
  const message = `Checking the document took more than ${timeLimitMs / 1000} seconds.`;
  return {
    valid: false,
    problems: [{ code: 'document.too_expensive', severity, pointer: '', message, hint }],
    sourceVersion: null,
  };
}
