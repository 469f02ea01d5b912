import { busConfig } from '@orion/agent-bus';
import { defineConfig } from '@orion/runtime';

/** The variables of the orchestrator beside those of every service; printed in `docs/reference/configuration.md`. */
export const orchestratorConfig = defineConfig({
  ...busConfig,
  ORION_DATABASE_URL: {
    type: 'url',
    protocols: ['postgres:', 'postgresql:'],
    required: true,
    secret: true,
    doc: 'PostgreSQL as the role `orion_orchestrator`, which schedules across tenants.',
  },
  ORION_DATABASE_POOL: { type: 'integer', min: 4, max: 200, default: 16, doc: 'Connections to PostgreSQL at most.' },
  ORION_QUEUE: {
    type: 'enum',
    values: ['postgres', 'redis'],
    default: 'postgres',
    doc: 'Where wake-ups for the orchestrators wait. Nothing is lost when it is wiped.',
  },
  ORION_REDIS_URL: {
    type: 'url',
    protocols: ['redis:', 'rediss:'],
    requiredWhen: { ORION_QUEUE: 'redis' },
    secret: true,
    doc: 'Redis for the wake-ups.',
  },
  ORION_QUEUE_PREFIX: {
    type: 'string',
    default: 'orion',
    doc: 'Keeps apart installations that share one Redis; the same in all services.',
  },
  ORION_SWEEP_INTERVAL: {
    type: 'duration',
    default: '1s',
    min: '50ms',
    max: '1m',
    doc: 'How often the orchestrator looks for what lost wake-ups and silent agents have left behind.',
  },
  ORION_STEP_GRACE: {
    type: 'duration',
    default: '15s',
    min: '0ms',
    max: '10m',
    doc: 'How long after the time-out of a step its agent may still report the outcome.',
  },
  ORION_EVENT_RETENTION_DAYS: {
    type: 'integer',
    min: 0,
    max: 36_500,
    default: 180,
    doc: 'Days for which events and commands of ended jobs are kept at least, in whole months; 0 keeps them for ever.',
  },
  ORION_AUDIT_RETENTION_DAYS: {
    type: 'integer',
    min: 0,
    max: 36_500,
    default: 0,
    doc: 'Days for which audit events are kept at least, in whole months; 0 keeps them for ever.',
  },
  ORION_HEALTH_HOST: { type: 'string', default: '127.0.0.1', doc: 'Address that health and metrics are served on.' },
  ORION_HEALTH_PORT: {
    type: 'port',
    default: 8081,
    doc: 'Port that health and metrics are served on; 0 takes a free one.',
  },
});
