import { boolean, oneOf, text, vmId } from '../http/formats';
import { badParameters, died } from '../http/pve-error';
import type { Call, Route } from '../http/router';
import type { Sim } from '../sim';
import { nodeEntry, nodeStatus } from './host-figures';
import { resources } from './resources';
import { plainText, without } from '../http/values';

function nextId(call: Call, sim: Sim): string {
  const asked = call.params['vmid'];
  if (asked !== undefined) {
    if (sim.vms.find(Number(asked)) !== undefined)
      throw badParameters({ vmid: `VM ${plainText(asked)} already exists` });
    return String(asked);
  }
  const { lower, upper } = sim.cluster.vmidRange;
  for (let id = lower; id < upper; id += 1) if (sim.vms.find(id) === undefined) return String(id);
  throw died(`unable to get any free VMID in range [${lower}, ${upper - 1}]`);
}

function clusterStatus(_call: Call, sim: Sim): unknown {
  const hosts = [...sim.cluster.hosts.values()];
  const nodes = hosts.map((host, index) => ({
    type: 'node',
    id: `node/${host.name}`,
    name: host.name,
    ip: host.address,
    level: '',
    local: index === 0 ? 1 : 0,
    nodeid: hosts.length > 1 ? index + 1 : 0,
    online: host.online ? 1 : 0,
  }));
  if (hosts.length === 1) return nodes;
  const quorate = hosts.filter((host) => host.online).length * 2 > hosts.length ? 1 : 0;
  return [
    { type: 'cluster', id: 'cluster', name: sim.cluster.name, nodes: hosts.length, quorate, version: 1 },
    ...nodes,
  ];
}

function listNodes(call: Call, sim: Sim): unknown {
  return [...sim.cluster.hosts.values()].map((host) => {
    const entry = without(nodeEntry(sim, host, call.caller), 'cgroup-mode');
    return { ...entry, ssl_fingerprint: sim.fingerprint };
  });
}

function clusterOptions(call: Call, sim: Sim): unknown {
  const tags = new Set<string>();
  for (const vm of sim.vms.list()) {
    const all = String(vm.config['tags'] ?? '').split(';');
    for (const tag of all) if (tag.trim() !== '') tags.add(tag);
  }
  const allowed = { 'allowed-tags': [...tags].sort() };
  return sim.access.has(call.caller, '/', 'Sys.Audit')
    ? { ...allowed, description: '', mac_prefix: 'BC:24:11' }
    : allowed;
}

function listNetwork(call: Call, sim: Sim): unknown {
  const { caller, host, params } = call;
  const audits = sim.access.has(caller, `/nodes/${host}`, 'Sys.Audit');
  const usable = (path: string) => sim.access.has(caller, path, 'SDN.Use') || sim.access.has(caller, path, 'SDN.Audit');
  const bridges = sim.cluster
    .host(host)
    .bridges.filter(({ name }) => audits || usable(`/sdn/zones/localnetwork/${name}`))
    .map((bridge, index) => ({
      iface: bridge.name,
      type: 'bridge',
      method: bridge.cidr === undefined ? 'manual' : 'static',
      method6: 'manual',
      families: ['inet'],
      active: 1,
      autostart: 1,
      priority: index + 3,
      bridge_ports: '',
      bridge_stp: 'off',
      bridge_fd: '0',
      ...(bridge.vlanAware === true ? { bridge_vlan_aware: 1, bridge_vids: '2-4094' } : {}),
      ...(bridge.cidr === undefined
        ? {}
        : { cidr: bridge.cidr, address: bridge.cidr.split('/')[0], netmask: bridge.cidr.split('/')[1] }),
    }));
  if (params['type'] !== 'any_bridge') return bridges;
  const vnets = [...sim.sdn.running.vnets].filter(([vnet, { zone }]) => usable(`/sdn/zones/${zone}/${vnet}`));
  return [...bridges, ...vnets.map(([vnet]) => ({ iface: vnet, type: 'vnet', active: 1 }))];
}

const everyone = 'everyone' as const;
const NONE = { fields: {} };

const version = (_call: Call, sim: Sim) => {
  const { version, release, repoid } = sim.version;
  return { version, release, repoid };
};

export const CLUSTER_ROUTES: Route[] = [
  { method: 'GET', path: '/version', operation: 'version', check: everyone, schema: NONE, handler: version },
  {
    method: 'GET',
    path: '/nodes/{node}/version',
    operation: 'version',
    check: everyone,
    schema: NONE,
    handler: version,
  },
  {
    method: 'GET',
    path: '/cluster/nextid',
    operation: 'cluster.nextid',
    check: everyone,
    schema: { fields: { vmid: vmId } },
    handler: nextId,
  },
  {
    method: 'GET',
    path: '/cluster/resources',
    operation: 'cluster.resources',
    check: everyone,
    schema: { fields: { type: oneOf('vm', 'storage', 'node', 'sdn') } },
    handler: resources,
  },
  {
    method: 'GET',
    path: '/cluster/status',
    operation: 'cluster.status',
    check: { path: '/', anyOf: ['Sys.Audit'] },
    schema: NONE,
    handler: clusterStatus,
  },
  {
    method: 'GET',
    path: '/cluster/options',
    operation: 'cluster.options',
    check: everyone,
    schema: NONE,
    handler: clusterOptions,
  },
  { method: 'GET', path: '/nodes', operation: 'host.list', check: everyone, schema: NONE, handler: listNodes },
  {
    method: 'GET',
    path: '/nodes/{node}/status',
    operation: 'host.status',
    check: { path: '/nodes/{node}', anyOf: ['Sys.Audit'] },
    schema: NONE,
    handler: (call, sim) => nodeStatus(sim, sim.cluster.host(call.host)),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/network',
    operation: 'host.network',
    check: everyone,
    schema: { fields: { type: text() } },
    handler: listNetwork,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/lxc',
    operation: 'host.containers',
    check: everyone,
    schema: { fields: { full: boolean } },
    handler: () => [],
  },
];
