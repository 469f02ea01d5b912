import type { Caller } from '../access/access-control';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import { CONTENT_TYPES } from '../storage/content-types';
import type { Vm } from '../vms/vm';
import { usageOfStorage } from '../vms/volumes';
import { nodeEntry } from './host-figures';

/** Everything the caller may see. Figures, names and status of VMs are as old as the last publication. */
export function resources(call: Call, sim: Sim): unknown {
  const { caller } = call;
  const type = call.params['type'];
  const all: unknown[] = [];
  if (type === undefined) all.push(...pools(sim, caller));
  if (type === undefined || type === 'vm') all.push(...vms(sim, caller));
  if (type === undefined || type === 'node') {
    all.push(...[...sim.cluster.hosts.values()].map((host) => nodeEntry(sim, host, caller)));
  }
  if (type === undefined || type === 'storage') all.push(...storages(sim, caller));
  if (type === undefined) all.push(...zones(sim, caller));
  return all;
}

function vms(sim: Sim, caller: Caller): unknown[] {
  return sim.vms
    .list()
    .filter((vm) => sim.access.has(caller, `/vms/${vm.vmid}`, 'VM.Audit'))
    .map((vm) => vmEntry(sim, vm, caller));
}

/** One VM of the list. A pool shows its members in the same form. */
export function vmEntry(sim: Sim, vm: Vm, caller?: Caller): Record<string, unknown> {
  const figures = sim.publication.of(vm.vmid);
  const pool = sim.pools.ofVm(vm.vmid);
  const showsPool = pool !== undefined && caller !== undefined && sim.access.has(caller, `/pool/${pool}`, 'Pool.Audit');
  // Written out key by key: this runs for every VM of every listing, and spreads cost ten times as much.
  const entry: Record<string, unknown> = {
    id: `qemu/${vm.vmid}`,
    node: vm.host,
    type: 'qemu',
    vmid: vm.vmid,
    status: 'unknown',
  };
  if (showsPool) entry['pool'] = pool;
  if (vm.config['tags'] !== undefined) entry['tags'] = vm.config['tags'];
  if (vm.config['lock'] !== undefined) entry['lock'] = vm.config['lock'];
  if (figures === undefined) return entry;
  entry['status'] = figures.status;
  entry['name'] = figures.name;
  entry['template'] = figures.template;
  entry['maxcpu'] = figures.maxcpu;
  entry['maxmem'] = figures.maxmem;
  entry['maxdisk'] = figures.maxdisk;
  entry['cpu'] = figures.cpu;
  entry['mem'] = figures.mem;
  entry['memhost'] = figures.mem;
  entry['uptime'] = figures.uptime;
  entry['disk'] = 0;
  entry['diskread'] = 0;
  entry['diskwrite'] = 0;
  entry['netin'] = 0;
  entry['netout'] = 0;
  return entry;
}

function storages(sim: Sim, caller: Caller): unknown[] {
  const entries: unknown[] = [];
  for (const host of sim.cluster.hosts.keys()) {
    for (const storage of sim.cluster.storagesOf(host)) {
      if (!sim.access.has(caller, `/storage/${storage.name}`, 'Datastore.Audit')) continue;
      const { total, used } = usageOfStorage(sim, storage.name, host);
      entries.push({
        id: `storage/${host}/${storage.name}`,
        node: host,
        storage: storage.name,
        type: 'storage',
        plugintype: storage.type,
        content: CONTENT_TYPES[storage.type],
        shared: storage.shared === true ? 1 : 0,
        status: 'available',
        disk: used,
        maxdisk: total,
      });
    }
  }
  return entries;
}

function pools(sim: Sim, caller: Caller): unknown[] {
  return sim.pools
    .list()
    .filter((pool) => sim.access.has(caller, `/pool/${pool.id}`, 'Pool.Audit'))
    .map((pool) => ({ id: `/pool/${pool.id}`, pool: pool.id, type: 'pool' }));
}

function zones(sim: Sim, caller: Caller): unknown[] {
  const names = ['localnetwork', ...sim.sdn.running.zones.keys()];
  return [...sim.cluster.hosts.keys()].flatMap((host) =>
    names
      .filter((zone) => sim.access.has(caller, `/sdn/zones/${zone}`, 'SDN.Audit'))
      .map((zone) => zoneEntry(sim, host, zone)),
  );
}

/** Release 9 calls a zone a network; release 8 has its older form. */
function zoneEntry(sim: Sim, host: string, zone: string): unknown {
  if (sim.version.major < 9) return { id: `sdn/${host}/${zone}`, node: host, sdn: zone, status: 'ok', type: 'sdn' };
  return {
    id: `network/${host}/zone/${zone}`,
    network: zone,
    'network-type': 'zone',
    node: host,
    status: 'ok',
    type: 'network',
    'zone-type': String(sim.sdn.running.zones.get(zone)?.['type'] ?? 'localnetwork'),
  };
}
