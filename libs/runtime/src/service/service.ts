import type { ConfigOf, ConfigSpec } from '../config/define-config';
import { describeConfig, loadConfig, type Environment } from '../config/load-config';
import { systemClock, type Clock } from '../clock';
import { Health } from '../health/health';
import { withLogContext } from '../logging/log-context';
import { configureLogging, logger, type Logger } from '../logging/logger';
import { Metrics } from '../metrics/metrics';
import { startTracing } from '../tracing/start-tracing';
import { versionInfo, type VersionInfo } from '../version';
import { runtimeConfig } from './runtime-config';
import { StopHooks } from './stop-hooks';

/** What a service is given to build itself with. */
export interface ServiceContext<C> {
  readonly config: C;
  readonly version: VersionInfo;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly log: Logger;
  /**
   * Registers what must happen when the service stops, the last one first. Register each resource as soon as it is there:
   * when building fails half-way, what was registered until then is stopped.
   */
  onStop(name: string, hook: () => Promise<unknown> | void): void;
}

export interface ServiceDefinition<S extends ConfigSpec> {
  readonly name: string;
  readonly config: S;
  /** Starts the service; when it returns, the service works. Answers where it can be reached, by name. */
  build(context: ServiceContext<ConfigOf<S & typeof runtimeConfig>>): Promise<Readonly<Record<string, string>> | void>;
}

export interface RunningService {
  readonly name: string;
  /** Where it can be reached, by name: `{ http: 'http://127.0.0.1:8080' }`. */
  readonly urls: Readonly<Record<string, string>>;
  /** Stops in an orderly way. May be called repeatedly; answers the names of what did not stop in time. */
  stop(): Promise<readonly string[]>;
}

export interface Service {
  readonly name: string;
  /** All its variables, those of the runtime included. */
  readonly configSpec: ConfigSpec;
  /**
   * Starts one instance, which shares nothing with others in the process but the logger's destination and level.
   * Throws ConfigError when the environment is wrong; what was started until then is stopped.
   */
  start(env: Environment, overrides?: { readonly clock?: Clock }): Promise<RunningService>;
}

let running = 0;

/** Describes a service. Nothing happens before it is started, in-process by `start` or as the process by `runMain`. */
export function defineService<const S extends ConfigSpec>(definition: ServiceDefinition<S>): Service {
  const configSpec = { ...runtimeConfig, ...definition.config };
  return {
    name: definition.name,
    configSpec,
    start: async (env, { clock = systemClock } = {}) => {
      const config = loadConfig(configSpec, env) as ConfigOf<S & typeof runtimeConfig>;
      const runtime: ConfigOf<typeof runtimeConfig> = loadConfig(runtimeConfig, env);
      return startInstance(definition, config, runtime, clock);
    },
  };
}

async function startInstance<S extends ConfigSpec>(
  definition: ServiceDefinition<S>,
  config: ConfigOf<S & typeof runtimeConfig>,
  runtime: ConfigOf<typeof runtimeConfig>,
  clock: Clock,
): Promise<RunningService> {
  const { name } = definition;
  const version = versionInfo();
  if (running === 0) configureLogging({ service: name, version: version.version, level: runtime.ORION_LOG_LEVEL });
  running += 1;
  const log = logger('service');
  const health = new Health();
  const hooks = new StopHooks(runtime.ORION_SHUTDOWN_TIMEOUT, log);
  const tracing = await startTracing({
    service: name,
    version: version.version,
    endpoint: runtime.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: runtime.OTEL_EXPORTER_OTLP_HEADERS,
    sampler: runtime.OTEL_TRACES_SAMPLER,
    sampleRatio: Number(runtime.OTEL_TRACES_SAMPLER_ARG),
  });
  hooks.add('tracing', () => tracing.stop());
  hooks.add('instance', () => void (running -= 1));

  return tracing.run(() =>
    withLogContext({ service: name }, async () => {
      const stop = (): Promise<readonly string[]> => {
        health.markStopping();
        return withLogContext({ service: name }, () => hooks.run());
      };
      try {
        log.debug('Starting service', { config: describeConfig({ ...runtimeConfig, ...definition.config }, config) });
        const metrics = new Metrics(name, version.version, version.commit);
        const onStop: ServiceContext<unknown>['onStop'] = (hookName, hook) => hooks.add(hookName, hook);
        const urls = (await definition.build({ config, version, clock, metrics, health, log, onStop })) ?? {};
        log.info('Service ready', { urls });
        return { name, urls, stop };
      } catch (error) {
        await stop();
        throw error;
      }
    }),
  );
}
