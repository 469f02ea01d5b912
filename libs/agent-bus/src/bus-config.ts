import { BUS_REQUEST_TIMEOUT_MS } from '@orion/contracts';
import { ConfigError, defineConfig, type ConfigOf } from '@orion/runtime';
import type { BusOptions } from './bus-options';

/** The variables of the bus, the same for orchestrator and agent. */
export const busConfig = defineConfig({
  ORION_BUS: {
    type: 'enum',
    values: ['nats', 'tcp'],
    default: 'nats',
    doc: 'How orchestrator and agent reach each other: through NATS, or directly on loopback when both run on one machine.',
  },
  ORION_NATS_URL: {
    type: 'list',
    default: ['nats://127.0.0.1:4222'],
    secret: true,
    doc: 'NATS servers, separated by commas. User and password or a token may stand before the host.',
  },
  ORION_NATS_NKEY_SEED: {
    type: 'string',
    secret: true,
    pattern: /^SU[A-Z2-7]+$/,
    expects: 'the seed of a user NKey, which begins with SU',
    doc: 'Authenticates at NATS. An agent has a key of its own that is limited to the subjects of its site.',
  },
  ORION_BUS_PORT: {
    type: 'port',
    requiredWhen: { ORION_BUS: 'tcp' },
    doc: 'Port on 127.0.0.1 where this service listens for the bus.',
  },
  ORION_BUS_PEER_PORT: {
    type: 'port',
    requiredWhen: { ORION_BUS: 'tcp' },
    doc: 'Port on 127.0.0.1 where the other side of the bus listens.',
  },
  ORION_BUS_TOKEN: {
    type: 'string',
    secret: true,
    requiredWhen: { ORION_BUS: 'tcp' },
    pattern: /^.{16,}$/,
    expects: 'at least 16 characters',
    doc: 'Random text that both sides of the bus share; a request without it is refused.',
  },
  ORION_BUS_REQUEST_TIMEOUT: {
    type: 'duration',
    default: `${BUS_REQUEST_TIMEOUT_MS}ms`,
    min: '50ms',
    max: '1m',
    doc: 'How long one request on the bus may take.',
  },
});

export function busOptions(config: ConfigOf<typeof busConfig>): BusOptions {
  const times = { requestTimeoutMs: config.ORION_BUS_REQUEST_TIMEOUT };
  if (config.ORION_BUS === 'nats') {
    const seed = config.ORION_NATS_NKEY_SEED;
    return { transport: 'nats', servers: config.ORION_NATS_URL, ...(seed && { nkeySeed: seed }), ...times };
  }
  const { ORION_BUS_PORT: port, ORION_BUS_PEER_PORT: peerPort, ORION_BUS_TOKEN: token } = config;
  if (port === undefined || peerPort === undefined || token === undefined) {
    throw new ConfigError(['ORION_BUS=tcp needs ORION_BUS_PORT, ORION_BUS_PEER_PORT and ORION_BUS_TOKEN.']);
  }
  return { transport: 'tcp', port, peerPort, token, ...times };
}
