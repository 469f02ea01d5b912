import { DRIFT_HINTS, DRIFT_KINDS } from '@orion/domain';
import type { DriftRow } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { Id, named, Nullable, OneOf, Time } from '../openapi/answers';

const drift = {
  kind: OneOf(
    DRIFT_KINDS,
    "Missing: a node's VM is not there. Changed: it is not as the range says. Foreign: something else has a node's id. " +
      'Orphan: a VM, or a VNet, carries our mark, and no range has it.',
  ),
  node: Nullable(Type.String(), 'Null for orphans.'),
  vmId: Type.Integer(),
  detail: Type.String({ description: 'What differs, in words.' }),
  hint: Type.String({ description: 'What can be done.' }),
  since: Time('When it was first seen.'),
};
const siteDrift = {
  ...drift,
  vmId: Nullable(Type.Integer(), 'Null: it is about a VNet.'),
  vnet: Nullable(Type.String()),
};
const observedAt = Nullable(
  Time(),
  "When the site's agent last told all that is there. Older: what happened since is not known. Null: never yet.",
);
const nextCursor = Nullable(Type.String(), 'Null on the last page.');

export const RangeDriftView = named(
  'RangeDrift',
  Type.Object({
    observedAt,
    changingJobId: Nullable(Id(), 'The job that is changing the range now; until it ends its nodes are not compared.'),
    items: Type.Array(Type.Object(drift), { description: 'By VM id.' }),
    nextCursor,
  }),
);
export type RangeDriftView = Static<typeof RangeDriftView>;

export const SiteDriftView = named(
  'SiteDrift',
  Type.Object({
    observedAt,
    items: Type.Array(Type.Object({ ...siteDrift, tenantId: Nullable(Id()), rangeId: Nullable(Id()) }), {
      description: 'By VM id, then VNets by name. Orphans belong to the site alone.',
    }),
    nextCursor,
  }),
);
export type SiteDriftView = Static<typeof SiteDriftView>;

export function rangeDriftItem(row: DriftRow): RangeDriftView['items'][number] {
  return { ...itemOf(row), vmId: row.vmId ?? 0 };
}

export function siteDriftItem(row: DriftRow): SiteDriftView['items'][number] {
  const { vmId, vnet, tenantId, rangeId } = row;
  return { ...itemOf(row), vmId, vnet, tenantId, rangeId };
}

function itemOf({ kind, node, detail, since }: DriftRow) {
  return { kind, node, detail, hint: DRIFT_HINTS[kind], since: since.toISOString() };
}
