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
