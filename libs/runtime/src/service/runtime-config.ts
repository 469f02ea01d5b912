import { defineConfig } from '../config/define-config';
import { LOG_LEVELS } from '../logging/logger';
import { TRACE_SAMPLERS } from '../tracing/start-tracing';

/** The variables that every service understands; `defineService` adds them to the service's own. */
export const runtimeConfig = defineConfig({
  ORION_LOG_LEVEL: {
    type: 'enum',
    values: LOG_LEVELS,
    default: 'info',
    doc: 'The least important lines that are written.',
  },
  ORION_SHUTDOWN_TIMEOUT: {
    type: 'duration',
    default: '10s',
    min: '100ms',
    max: '10m',
    doc: 'How long a stopping service may take to finish what it has begun.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    type: 'url',
    protocols: ['http:', 'https:'],
    doc: 'Base URL of an OTLP/HTTP receiver. Without it no spans are exported; trace ids exist all the same.',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    type: 'string',
    secret: true,
    doc: 'Headers for that receiver, as `name=value` separated by commas.',
  },
  OTEL_TRACES_SAMPLER: {
    type: 'enum',
    values: TRACE_SAMPLERS,
    default: 'parentbased_always_on',
    doc: 'Which traces are kept.',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    type: 'string',
    pattern: /^(0(\.\d+)?|1(\.0+)?)$/,
    expects: 'a number from 0 to 1',
    default: '1',
    doc: 'The share of traces that the ratio samplers keep.',
  },
});
