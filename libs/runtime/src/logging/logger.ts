import { trace } from '@opentelemetry/api';
import pino from 'pino';
import { currentLogContext } from './log-context';
import { describeError, redactFields, redactText } from './redaction';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values that belong to one line. An error goes under the key `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes lines of JSON about one component. Messages say what is about to happen ("Cloning VM"), values go in fields. */
export interface Logger {
  fatal(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  isEnabled(level: Exclude<LogLevel, 'silent'>): boolean;
}

export interface LoggingOptions {
  readonly service: string;
  readonly version?: string;
  readonly level: LogLevel;
  /** Where the lines go; standard output unless told. */
  readonly destination?: { write(line: string): void };
}

let root = createRoot({ service: 'orion', level: initialLevel() });

/** Sets name, level and destination of every logger of this process, also of those that exist already. */
export function configureLogging(options: LoggingOptions): void {
  root = createRoot(options);
}

/** The logger of a component. Cheap; may be called at module level, before logging is configured. */
export function logger(component: string): Logger {
  const at =
    (level: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields?: LogFields): void => {
      if (!root.isLevelEnabled(level)) return;
      root[level]({ component, ...fields }, redactText(message));
    };
  return {
    fatal: at('fatal'),
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    trace: at('trace'),
    isEnabled: (level) => root.isLevelEnabled(level),
  };
}

/** Writes what is still buffered; to be called before the process exits. */
export function flushLogs(): void {
  root.flush();
}

function createRoot({ service, version, level, destination }: LoggingOptions): pino.Logger {
  const options: pino.LoggerOptions = {
    level,
    base: version === undefined ? null : { version },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: redactFields },
    serializers: { err: (err: unknown) => (err instanceof Error ? describeError(err) : err) },
    mixin: () => lineContext(service),
  };
  return destination ? pino(options, destination) : pino(options, pino.destination({ dest: 1, sync: true }));
}

function lineContext(service: string): Record<string, unknown> {
  const span = trace.getActiveSpan()?.spanContext();
  const context: Record<string, unknown> = { service, ...currentLogContext() };
  if (span !== undefined) {
    context['traceId'] = span.traceId;
    context['spanId'] = span.spanId;
  }
  return context;
}

function initialLevel(): LogLevel {
  const wanted = process.env['ORION_LOG_LEVEL'];
  return LOG_LEVELS.find((level) => level === wanted) ?? 'info';
}
