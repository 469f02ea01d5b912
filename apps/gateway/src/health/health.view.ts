import { Type } from '@sinclair/typebox';

import { named, Nullable, OneOf } from '../openapi/answers';
import { AGENT_STATES } from '../sites/agent-state';

const state = OneOf(
  ['up', 'degraded', 'down'] as const,
  'Down: cannot accept work. Degraded: accepts it, but it may wait.',
);

export const HealthSchema = named(
  'Health',
  Type.Object({
    state,
    checks: Type.Record(Type.String(), Type.Object({ state, latencyMs: Type.Number() })),
    sites: Type.Record(
      Type.String(),
      Type.Object({
        state: OneOf(AGENT_STATES),
        latencyMs: Type.Number(),
        heartbeatAgeMs: Nullable(Type.Integer()),
      }),
    ),
  }),
);

export const LiveSchema = Type.Object({ state: OneOf(['up'] as const) });

export const VersionSchema = named(
  'Version',
  Type.Object({
    version: Type.String(),
    commit: Type.String(),
    schemaVersions: Type.Object({
      blueprint: Type.Array(Type.Integer(), { description: 'Read; the last one is current.' }),
    }),
  }),
);
