export { backoffMs, type BackoffPolicy } from './backoff';
export { monotonicMs, systemClock, type Clock } from './clock';
export { configTable, configurationPage } from './config/config-docs';
export {
  defineConfig,
  isConfigSpec,
  type ConfigOf,
  type ConfigSpec,
  type ConfigVariable,
  type DurationText,
} from './config/define-config';
export { ConfigError, describeConfig, loadConfig, type Environment } from './config/load-config';
export { currentLogContext, withLogContext, type LogContext } from './logging/log-context';
export {
  configureLogging,
  flushLogs,
  logger,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LogLevel,
} from './logging/logger';
export { NestLogger } from './logging/nest-logger';
export { describeError, redactText } from './logging/redaction';
export { Health, type HealthCheck, type HealthReport, type HealthResult, type HealthState } from './health/health';
export { startHealthServer, type HealthServer, type HealthServerOptions } from './health/health-server';
export { Metrics, type MetricOptions } from './metrics/metrics';
export { runMain } from './service/run-main';
export { StartError } from './service/start-error';
export { runtimeConfig } from './service/runtime-config';
export {
  defineService,
  type RunningService,
  type Service,
  type ServiceContext,
  type ServiceDefinition,
} from './service/service';
export { currentTraceId, currentTraceparent, inSpan, withRemoteParent, type SpanRole } from './tracing/spans';
export { startTracing, type Tracing, type TracingOptions } from './tracing/start-tracing';
export { versionInfo, type VersionInfo } from './version';
export {
  EmbeddedPostgresError,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres/start-postgres';
export { claimFolder } from './embedded-postgres/folder-claim';
export { GuardedProcess, type GuardedProcessOptions } from './processes/guarded-process';
export { NativeServerError, type NativeServer, type NativeServerOptions } from './native-servers/native-server';
export { findProgram, type Program } from './native-servers/find-program';
export { startNatsServer, type NatsOptions, type NatsSubjects, type NatsUser } from './native-servers/start-nats';
export { startRedisServer, type RedisOptions } from './native-servers/start-redis';
export { freePort, isPortTaken } from './processes/ports';
export { FolderInUseError } from './embedded-postgres/folder-claim';
