import type { CommandPayloads, NetworkTarget, NicSpec, OwnershipMark, ProbeSpec } from '@orion/contracts';
import { nodeNameOf, type NormalisedProbe, type StepKind } from '@orion/domain';
import type { NetworkRow, NodeRow, ScheduledJob, SitePicture } from '@orion/persistence';

import type { NodeSpec } from './node-spec';

/** Rows that a payload is made of. */
export interface PayloadRows {
  readonly job: Pick<ScheduledJob, 'params' | 'rangeId' | 'tenantId'>;
  readonly site: SitePicture;
  readonly nodes: ReadonlyMap<string, NodeRow<NodeSpec>>;
  readonly networks: ReadonlyMap<string, NetworkRow>;
  readonly allocatedVmIds: readonly number[];
  /** The baseline that the job makes, returns to or removes; of an apply the snapshots that it returns to when it fails. */
  readonly baseline?: BaselineSnapshot;
}

/** The snapshot that each node has of a baseline. */
export interface BaselineSnapshot {
  readonly snapshot: string;
  readonly description: string;
  /** Nodes whose memory it holds. */
  readonly withMemory: ReadonlySet<string>;
}

/** A stopping VM may take this long before it is stopped hard, milliseconds. */
const STOP_GRACE_MS = 60_000;

type PayloadOf = { readonly [K in StepKind]: (rows: PayloadRows, subject: string) => CommandPayloads[K] };

/** What each kind of command carries, from rows alone. */
const payloads: PayloadOf = {
  'network.ensure': (rows, subject) => {
    const hosts = new Set<string>();
    for (const node of rows.nodes.values()) {
      if (node.interfaces.some(({ network }) => network === subject)) hosts.add(node.host);
    }
    return { ...networkTarget(rows, subject), hosts: [...hosts].sort() };
  },
  'network.remove': networkTarget,
  'vm.clone': cloneOf,
  'vm.configure': (rows, subject) => {
    const { vmId, host, name, memoryMiB, spec, interfaces } = nodeOf(rows, subject);
    return {
      vmId,
      host,
      name,
      cpus: spec.cpus,
      memoryMiB,
      ...(spec.diskGiB !== undefined && { diskGiB: spec.diskGiB }),
      nics: interfaces.map((nic): NicSpec => {
        const network = networkOf(rows, nic.network);
        return {
          network: nic.network,
          bridge: network.bridge,
          ...(network.mode === 'vlan' && { vlanTag: network.vlanTag }),
          mac: nic.mac,
          address: nic.address,
          ...(network.gateway !== null && { gateway: network.gateway }),
        };
      }),
      description: `Node ${name} of range ${rows.job.rangeId ?? ''}, made by Orion Range.`,
      ...(spec.cloudInit && { cloudInit: spec.cloudInit }),
      guestAgent: spec.guestAgent,
    };
  },
  'vm.start': target,
  'vm.ready': (rows, subject) => ({
    ...target(rows, subject),
    guestAgent: nodeOf(rows, subject).spec.readiness.guestAgent,
    template: nodeOf(rows, subject).spec.template,
  }),
  'vm.stop': (rows, subject) => ({ ...target(rows, subject), graceMs: STOP_GRACE_MS }),
  'vm.snapshot': (rows, subject) => {
    if (rows.baseline !== undefined) {
      const { snapshot, description, withMemory } = rows.baseline;
      return { ...target(rows, subject), name: snapshot, description, memory: withMemory.has(subject) };
    }
    const { name, description, memory } = rows.job.params;
    return {
      ...target(rows, subject),
      name: String(name),
      description: typeof description === 'string' ? description : '',
      memory: memory === true,
    };
  },
  'vm.unsnapshot': snapshotTarget,
  'vm.rollback': snapshotTarget,
  'vm.suspend': target,
  'vm.resume': target,
  'vm.clock': (rows, subject) => {
    const { os, guestAgent } = nodeOf(rows, subject).spec;
    return { ...target(rows, subject), os, guestAgent };
  },
  'vm.inspect': (rows, subject) => ({
    ...target(rows, subject),
    guestAgent: nodeOf(rows, subject).spec.readiness.guestAgent,
  }),
  'vm.probe': (rows, subject) => {
    const { spec, interfaces } = nodeOf(rows, subject);
    return {
      ...target(rows, subject),
      os: spec.os,
      probes: (spec.probes ?? []).map((probe) => probeOf(rows, probe, interfaces)),
    };
  },
  'vm.destroy': target,
  'template.boot': (rows, subject) => {
    const { template, guestAgent } = nodeOf(rows, subject).spec;
    return { ...cloneOf(rows, subject), template, guestAgent };
  },
  'site.check': ({ site, allocatedVmIds }) => ({
    ...(site.networkMode === 'vlan' && site.bridge !== null && { bridge: site.bridge }),
    ...(site.networkMode === 'sdn' &&
      site.sdnZone !== null && { sdn: { zone: site.sdnZone, tagFirst: site.vlanFirst, tagLast: site.vlanLast } }),
    ...(site.pool !== null && { pool: site.pool }),
    vmIdFirst: site.vmIdFirst,
    vmIdLast: site.vmIdLast,
    templates: site.templates.map(({ name, vmId, host, storage }) => ({ name, vmId, host, storage })),
    allocatedVmIds,
  }),
  'site.observe': () => ({}),
};

export function payloadOf(kind: StepKind, rows: PayloadRows, subject: string): CommandPayloads[StepKind] {
  return payloads[kind](rows, subject);
}

/** What a step acts on, as sequences are counted. Looks at a site change nothing, so that each is a target of its own. */
export function targetOf(kind: StepKind, rows: PayloadRows, subject: string, jobId: string): string {
  if (kind === 'site.check' || kind === 'site.observe') return `site:${jobId}`;
  if (kind === 'network.ensure' || kind === 'network.remove') return `net:${networkOf(rows, subject).id}`;
  return `vm:${nodeOf(rows, subject).vmId}`;
}

/** The mark of the VM that a step is about; undefined for steps on no VM. */
export function markOf(
  kind: StepKind,
  whose: {
    readonly installation: string;
    readonly tenantId: string;
    readonly rangeId: string | null;
    readonly jobId: string;
  },
  subject: string,
): OwnershipMark | undefined {
  const { installation, tenantId, rangeId, jobId } = whose;
  // A clone that proves a template belongs to no range: its job stands for one.
  if (kind === 'template.boot') return { installation, tenantId, rangeId: jobId, node: subject };
  if (rangeId === null || !kind.startsWith('vm.')) return undefined;
  return { installation, tenantId, rangeId, node: nodeNameOf(subject) };
}

function cloneOf(rows: PayloadRows, subject: string): CommandPayloads['vm.clone'] {
  const { vmId, name, host, storage, spec } = nodeOf(rows, subject);
  const { templateVmId, templateHost, mode } = spec;
  const pool = rows.site.pool;
  return { vmId, name, templateVmId, templateHost, host, storage, mode, ...(pool !== null && { pool }) };
}

function networkTarget(rows: PayloadRows, subject: string): NetworkTarget {
  const { name, bridge, vlanTag, mode, zone } = networkOf(rows, subject);
  const { rangeId } = rows.job;
  return {
    name,
    bridge,
    vlanTag,
    ...(mode === 'sdn' && zone !== null && rangeId !== null && { sdn: { zone, rangeId } }),
  };
}

function target(rows: PayloadRows, subject: string): { readonly vmId: number; readonly host: string } {
  const { vmId, host } = nodeOf(rows, subject);
  return { vmId, host };
}

function snapshotTarget(rows: PayloadRows, subject: string): CommandPayloads['vm.rollback'] {
  if (rows.baseline === undefined) throw new Error('The job has no baseline.');
  return { ...target(rows, subject), name: rows.baseline.snapshot };
}

/** A port is tried at the address that the two nodes have in one network, else at the node's first one. */
function probeOf(
  rows: PayloadRows,
  { name, timeoutSeconds, exec, tcp }: NormalisedProbe,
  interfaces: NodeRow<NodeSpec>['interfaces'],
): ProbeSpec {
  const timeoutMs = timeoutSeconds * 1_000;
  if (tcp === undefined) {
    const { command = [], exitCode = 0, output } = exec ?? {};
    return { type: 'exec', name, timeoutMs, command, exitCode, ...(output !== undefined && { output }) };
  }
  const from = nodeOf(rows, tcp.from);
  const near = interfaces.find(({ network }) => from.interfaces.some((other) => other.network === network));
  const address = (near ?? interfaces[0])?.address.split('/')[0] ?? '';
  const { vmId, host, spec } = from;
  return { type: 'tcp', name, timeoutMs, address, port: tcp.port, from: { vmId, host, node: from.name, os: spec.os } };
}

function nodeOf({ nodes }: PayloadRows, name: string): NodeRow<NodeSpec> {
  const node = nodes.get(name);
  if (node === undefined) throw new Error(`The range has no row of a node ${name}.`);
  return node;
}

function networkOf({ networks }: PayloadRows, name: string): NetworkRow {
  const network = networks.get(name);
  if (network === undefined) throw new Error(`The range has no row of a network ${name}.`);
  return network;
}
