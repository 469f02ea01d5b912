import { DESIRED_STATES, NODE_STATES, nodeHintOf, RANGE_STATES } from '@orion/domain';
import type { RangeNetworkRow, RangeNodeRow, RangeRow, RangeSnapshotRow } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { type JobView } from '../jobs/job.view';
import { without } from '../http/without';
import { Id, named, Nullable, OneOf, Time } from '../openapi/answers';

const range = {
  id: Id(),
  name: Type.String(),
  blueprintId: Id(),
  revision: Type.Integer(),
  siteId: Id(),
  state: OneOf(RANGE_STATES),
  desiredState: OneOf(DESIRED_STATES, 'What was asked for last.'),
  nodeCount: Type.Integer(),
  createdBy: Type.String(),
  createdAt: Time(),
  changedAt: Time(),
};
export const RangeView = named('Range', Type.Object(range));
export type RangeView = Static<typeof RangeView>;

export const NodeView = named(
  'Node',
  Type.Object({
    name: Type.String(),
    state: OneOf(NODE_STATES),
    hint: Nullable(Type.String(), 'What a person can do, where the state needs one.'),
    host: Type.String(),
    storage: Type.String(),
    vmId: Type.Integer(),
    memoryMiB: Type.Integer(),
    interfaces: Type.Array(
      Type.Object({
        network: Type.String(),
        mac: Type.String(),
        address: Type.String({ description: 'Expected, with its prefix length.' }),
      }),
    ),
    observedAddresses: Type.Array(Type.String(), { description: 'As the guest reports them.' }),
    changedAt: Time(),
  }),
);
export type NodeView = Static<typeof NodeView>;

export const NetworkView = named(
  'Network',
  Type.Object({
    name: Type.String(),
    cidr: Type.String(),
    gateway: Nullable(Type.String()),
    egress: Type.String(),
    bridge: Type.String(),
    vlanTag: Type.Integer(),
  }),
);
export type NetworkView = Static<typeof NetworkView>;

export const RangeDetailView = named(
  'RangeDetail',
  Type.Object({
    ...range,
    observedAt: Nullable(
      Time(),
      "When the site's agent last told all that is there, once a minute. Older: what happened since is not known.",
    ),
    nodes: Type.Array(Type.Unsafe<NodeView>({ $ref: '#/components/schemas/Node' }), {
      description: 'The first 1,000; `GET /ranges/{rangeId}/nodes` pages through all of them. Empty until planned.',
    }),
    networks: Type.Array(Type.Unsafe<NetworkView>({ $ref: '#/components/schemas/Network' })),
  }),
);
export type RangeDetailView = Static<typeof RangeDetailView>;

export const AcceptedRangeView = named(
  'AcceptedRange',
  Type.Object({
    job: Type.Unsafe<JobView>({ $ref: '#/components/schemas/Job' }),
    range: Type.Unsafe<RangeView>({ $ref: '#/components/schemas/Range' }),
  }),
);
export type AcceptedRangeView = Static<typeof AcceptedRangeView>;

export const SnapshotView = named(
  'Snapshot',
  Type.Object({
    id: Id(),
    name: Type.String(),
    description: Type.String(),
    memory: Type.Boolean(),
    jobId: Id('The job that takes or took it.'),
    createdAt: Time(),
  }),
);
export type SnapshotView = Static<typeof SnapshotView>;

export function rangeView(row: RangeRow): RangeView {
  return { ...without(row, 'version'), createdAt: row.createdAt.toISOString(), changedAt: row.changedAt.toISOString() };
}

export function nodeView(row: RangeNodeRow): NodeView {
  return {
    ...without(row, 'ordinal'),
    hint: nodeHintOf(row.state) ?? null,
    interfaces: [...row.interfaces],
    observedAddresses: [...row.observedAddresses],
    changedAt: row.changedAt.toISOString(),
  };
}

export function networkView(row: RangeNetworkRow): NetworkView {
  return { ...row };
}

export function snapshotView(row: RangeSnapshotRow): SnapshotView {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
