import { constants, setPriority } from 'node:os';
import { ConfigError } from '../config/load-config';
import type { ConfigSpec } from '../config/define-config';
import { flushLogs, logger } from '../logging/logger';
import { StartError } from './start-error';
import type { RunningService, Service } from './service';

/** As in sysexits.h: something is wrong with the configuration. */
const EXIT_CONFIG = 78;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Runs a service as this process: starts it from the environment, stops it in order at SIGTERM or SIGINT and exits with 0
 * (1 when a part did not stop in time). A second signal exits at once. A wrong environment is told on standard error and
 * exits with 78; an error that nobody caught is logged and exits with 1.
 *
 * `background`: it yields the processors to those who answer people, where it shares them.
 */
export async function runMain(service: Service, { background = false } = {}): Promise<void> {
  if (background) yieldToOthers();
  const log = logger('process');
  let starting: Promise<RunningService> | undefined;
  let signalled = false;

  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal('Nobody caught an error', { event, err: error });
      exit(1);
    });
  }
  const stop = (reason: string): void => {
    signalled = true;
    log.info('Stopping service', { reason });
    void Promise.resolve(starting)
      .then((instance) => instance?.stop() ?? [])
      .then(
        (unfinished) => exit(unfinished.length === 0 ? 0 : 1),
        () => exit(1),
      );
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signalled) exit(signal === 'SIGINT' ? 130 : 143);
      stop(signal);
    });
  }
  // Whoever forked us is gone, perhaps killed: nobody else would end us.
  process.once('disconnect', () => {
    if (!signalled) stop('launcher gone');
  });

  try {
    starting = service.start(process.env);
    const { urls } = await starting;
    process.send?.({ ready: true, urls });
  } catch (error) {
    if (signalled) return;
    process.stderr.write(`${service.name} does not start.\n${explain(error, service.configSpec, process.env)}\n`);
    exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
  }
}

/** Where that is not allowed it runs as all others do. */
function yieldToOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    return;
  }
}

function exit(code: number): never {
  flushLogs();
  process.exit(code);
}

function explain(error: unknown, spec: ConfigSpec, env: NodeJS.ProcessEnv): string {
  if (error instanceof ConfigError || error instanceof StartError) return error.message;
  const { code, port, address } = error as { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE' && port !== undefined) {
    const variable = Object.entries(spec).find(
      ([name, declared]) => declared.type === 'port' && Number(env[name] || declared.default) === port,
    );
    const advice = variable ? `; set ${variable[0]} to another one` : '';
    return `Port ${port} on ${address ?? 'this machine'} is taken by another process${advice}.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
