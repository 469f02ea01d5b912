import { defineConfig } from '@orion/runtime';

/** The variables of the gateway beside those of every service; printed in `docs/reference/configuration.md`. */
export const gatewayConfig = defineConfig({
  ORION_HTTP_HOST: { type: 'string', default: '127.0.0.1', doc: 'Address that the gateway listens on.' },
  ORION_HTTP_PORT: { type: 'port', default: 8080, doc: 'Port that the gateway listens on; 0 takes a free one.' },
  ORION_DATABASE_URL: {
    type: 'url',
    protocols: ['postgres:', 'postgresql:'],
    required: true,
    secret: true,
    doc: 'PostgreSQL as the role `orion_gateway`, which sees one tenant at a time.',
  },
  ORION_DATABASE_POOL: {
    type: 'integer',
    min: 2,
    max: 200,
    default: 16,
    doc: 'Connections to PostgreSQL at most, without the one that listens for events.',
  },
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
  ORION_ADMIN_KEY_FILE: {
    type: 'path',
    doc: 'File that the first admin key is written to (mode 0600) instead of standard output. Only at the first start.',
  },
  ORION_KEY_CACHE: {
    type: 'duration',
    default: '2s',
    min: '0ms',
    max: '60s',
    doc: 'How long a good API key is not looked up again; a revoked one may work for so long.',
  },
  ORION_RATE_LIMIT: {
    type: 'integer',
    min: 0,
    max: 1_000_000,
    default: 200,
    doc: 'Requests a second of one API key, or of one address without a key; twice as many at once. 0: no limit.',
  },
  ORION_REQUEST_TIMEOUT: {
    type: 'duration',
    default: '30s',
    min: '1s',
    max: '10m',
    doc: 'How long headers and body of a request may take to arrive.',
  },
  ORION_EVENT_STREAMS: {
    type: 'integer',
    min: 1,
    max: 100_000,
    default: 1_000,
    doc: 'Server-sent event streams that one gateway serves at once.',
  },
  ORION_EVENT_COMMENT_INTERVAL: {
    type: 'duration',
    default: '15s',
    min: '100ms',
    max: '5m',
    doc: 'How often an event stream carries a comment, which keeps connections open through proxies; shorter than their patience.',
  },
});
