import { join, sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ValidationOptions, ValidationResult } from '../validation-result';

export interface ValidationRequest {
  readonly source: string | Uint8Array;
  readonly options: ValidationOptions;
}

/** The document took longer than it may; its worker is gone. */
export class ValidationTimeoutError extends Error {}

/** A thread runs compiled code only: where this file runs from its source, as in tests, the build beside it is taken. */
const WORKER_FILE = join(
  __dirname.replace(`${sep}src${sep}blueprint${sep}`, `${sep}dist${sep}blueprint${sep}`),
  'validation.worker.js',
);

/** A large document makes much short-lived garbage: a young generation of this size saves about a sixth of its time. */
const RESOURCES = { maxYoungGenerationSizeMb: 64 };

/** One thread that checks one document at a time. */
export class ValidationWorker {
  private readonly worker = new Worker(WORKER_FILE, { resourceLimits: RESOURCES });
  private failure: Error | undefined;

  constructor() {
    // An idle thread must not keep a process alive that has nothing else to do.
    this.worker.unref();
    this.worker.on('error', (error) => (this.failure = error));
    this.worker.on('exit', () => (this.failure ??= new Error('The validation worker has ended.')));
  }

  /** False once the thread has ended: it takes no more documents. */
  get alive(): boolean {
    return this.failure === undefined;
  }

  /** Rejects with ValidationTimeoutError after `timeoutMs`, and with the thread's error when that ends; it is ended then. */
  async validate(request: ValidationRequest, timeoutMs: number): Promise<ValidationResult> {
    this.worker.ref();
    try {
      return await new Promise<ValidationResult>((resolve, reject) => {
        const timer = setTimeout(() => reject(new ValidationTimeoutError()), timeoutMs);
        const ended = (): void => settle(() => reject(this.failure ?? new Error('The validation worker has ended.')));
        const answered = (result: ValidationResult): void => settle(() => resolve(result));
        const settle = (how: () => void): void => {
          clearTimeout(timer);
          this.worker.off('message', answered).off('exit', ended);
          how();
        };
        this.worker.once('message', answered).once('exit', ended);
        if (this.failure) ended();
        else this.worker.postMessage(request);
      });
    } catch (error) {
      await this.end();
      throw error;
    } finally {
      this.worker.unref();
    }
  }

  async end(): Promise<void> {
    this.failure ??= new Error('The validation worker was ended.');
    await this.worker.terminate();
  }
}
