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
        observed: Type.Array(Type.String(), {
          description: 'What the guest last reported of the card with this MAC; empty when it has not.',
        }),
      }),
    ),
    observedAddresses: Type.Array(Type.String(), { description: 'As the guest reports them, of all its cards.' }),
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
    mode: OneOf(['vlan', 'sdn'] as const, 'A tag on a bridge, or a VNet of its own.'),
    bridge: Type.String({ description: 'What the NICs hang on: the bridge, or the VNet.' }),
    vnet: Nullable(Type.String(), 'Its VNet in the mode `sdn`.'),
    zone: Nullable(Type.String(), 'Zone of the VNet.'),
    vlanTag: Type.Integer({ description: 'Tag on the bridge, or of the VNet in its zone.' }),
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
    ...without(row, 'ordinal', 'observedInterfaces'),
    hint: nodeHintOf(row.state) ?? null,
    interfaces: row.interfaces.map((nic) => ({ ...nic, observed: observedOn(row, nic.mac) })),
    observedAddresses: [...row.observedAddresses],
    changedAt: row.changedAt.toISOString(),
  };
}

export function networkView(row: RangeNetworkRow): NetworkView {
  return { ...row, vnet: row.mode === 'sdn' ? row.bridge : null };
}

/** Guests write MACs in either case. */
function observedOn({ observedInterfaces }: RangeNodeRow, mac: string): string[] {
  const cards = observedInterfaces.filter((card) => card.mac.toUpperCase() === mac.toUpperCase());
  return cards.flatMap(({ addresses }) => addresses);
}

export function snapshotView(row: RangeSnapshotRow): SnapshotView {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
