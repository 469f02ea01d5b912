import type { VmRecord } from '@orion/contracts';
import type { ManifestNode } from '@orion/domain';
import type { NodeRow } from '@orion/persistence';

import type { NodeSpec } from '../planning/node-spec';

/** A node as a baseline's manifest holds it, from its row and from what its VM was found to be. */
export function manifestNode(row: NodeRow<NodeSpec>, record: VmRecord): ManifestNode {
  const { guest } = record;
  const wanted = row.interfaces.map(({ address }) => address.split('/')[0] ?? '');
  return {
    node: row.name,
    vmId: row.vmId,
    template: row.spec.template,
    host: record.host,
    snapshot: record.parentSnapshot ?? null,
    lock: record.lock ?? null,
    power: record.state,
    config: record.config,
    configDigest: record.configDigest,
    disks: record.disks,
    nics: record.nics,
    addresses: guest === undefined ? null : wanted.filter((address) => guest.addresses.includes(address)).sort(),
    guest:
      guest === undefined ? null : { answers: guest.answers, hostname: guest.hostname ?? null, os: guest.os ?? null },
  };
}
