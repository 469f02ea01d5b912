import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RestError, type RestClient } from '@orion/rest-client';

/** A request had no answer until the time was over. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

const AGAIN_MS = 250;

/**
 * A client as the documentation asks for: a request without an answer is repeated, with its `Idempotency-Key`, until there is
 * one. Refusals (4xx) are thrown; what says "later" is repeated.
 */
export class PatientClient {
  /** Answers that no healthy service gives, by status and code. */
  readonly surprises = new Map<string, number>();

  constructor(
    private readonly rest: RestClient,
    /** Tells whether to give up. */
    private readonly isOver: () => boolean,
  ) {}

  get<T>(path: string): Promise<T> {
    return this.send<T>('GET', path);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.send<T>('POST', path, body, { 'idempotency-key': randomUUID() });
  }

  private async send<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    for (;;) {
      try {
        return await this.rest.request<T>(method, path, { headers, ...(body !== undefined && { body }) });
      } catch (error) {
        if (error instanceof RestError) {
          const { status, code } = error.problem;
          if (status === 500 || status === 401 || status === 403 || status === 422 || status === 400)
            this.note(status, code, path);
          if (status < 500 && status !== 429) throw error;
        }
        if (this.isOver()) throw new NoAnswerError(`${method} ${path} had no answer: ${String(error)}`);
        await delay(AGAIN_MS);
      }
    }
  }

  private note(status: number, code: string, path: string): void {
    const what = `${status} ${code} ${path.replace(/[0-9a-f-]{36}/g, '{id}')}`;
    this.surprises.set(what, (this.surprises.get(what) ?? 0) + 1);
  }
}
