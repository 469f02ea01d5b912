import { AsyncLocalStorage } from 'node:async_hooks';

/** What a line of the log is about. The keys are stable: dashboards and alerts rest on them. */
export interface LogContext {
  readonly service?: string;
  readonly requestId?: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly rangeId?: string;
  readonly jobId?: string;
  readonly stepId?: string;
  readonly commandId?: string;
}

const storage = new AsyncLocalStorage<LogContext>();
const EMPTY: LogContext = {};

/** Runs `fn` so that every line which it logs, also after awaits, carries `context` beside what the caller had set. */
export function withLogContext<T>(context: LogContext, fn: () => T): T {
  return storage.run({ ...storage.getStore(), ...context }, fn);
}

/** The context of the code that runs now. */
export function currentLogContext(): LogContext {
  return storage.getStore() ?? EMPTY;
}
