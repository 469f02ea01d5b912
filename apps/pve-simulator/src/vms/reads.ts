import { died } from '../http/pve-error';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import { usageOf } from '../cluster/usage';
import { snapshotConfig } from './snapshots';
import {
  agentOption,
  cpusOf,
  digestOf,
  disksOf,
  isTemplate,
  memoryMiB,
  nameOf,
  nicsOf,
  statusOf,
  withPending,
  type Vm,
} from './vm';

export function getConfig(call: Call, sim: Sim): unknown {
  const vm = sim.vms.load(call.host, call.vmid);
  const { snapshot, current } = call.params;
  if (snapshot !== undefined && current === 1) throw died("cannot use 'snapshot' parameter with 'current'");
  const config =
    snapshot !== undefined ? snapshotConfig(vm, String(snapshot)) : current === 1 ? vm.config : withPending(vm);
  return { ...config, digest: digestOf(vm) };
}

export function getPending(call: Call, sim: Sim): unknown {
  const vm = sim.vms.load(call.host, call.vmid);
  const entries: Record<string, unknown>[] = [{ key: 'digest', value: digestOf(vm) }];
  for (const key of new Set([...Object.keys(vm.config), ...Object.keys(vm.pending)])) {
    const value = vm.config[key];
    const pending = vm.pending[key];
    entries.push({
      key,
      ...(value === undefined ? {} : { value }),
      ...(pending === undefined ? {} : pending === null ? { delete: 1 } : { pending }),
    });
  }
  return entries;
}

/** The figures of one VM as its own host sees them: never late. */
export function liveFigures(vm: Vm, now: number): Record<string, unknown> {
  const { config, running } = vm;
  const { cpu, mem, uptime } = usageOf(vm, now);
  const nics = nicsOf(config);
  return {
    vmid: vm.vmid,
    status: statusOf(vm),
    name: nameOf(vm),
    cpus: cpusOf(config),
    maxmem: memoryMiB(config) * 1048576,
    maxdisk: disksOf(config).find((disk) => !disk.isCdrom)?.sizeBytes ?? 0,
    ...{ cpu, mem, uptime, memhost: mem, disk: 0, netin: 0, netout: 0 },
    ...(config['serial0'] === undefined ? {} : { serial: 1 }),
    ...(isTemplate(vm) ? { template: 1 } : {}),
    ...(config['lock'] === undefined ? {} : { lock: config['lock'] }),
    ...(config['tags'] === undefined ? {} : { tags: config['tags'] }),
    ...(running === undefined ? {} : { pid: running.pid, ...PRESSURE }),
    ...(running === undefined || nics.length === 0
      ? {}
      : {
          nics: Object.fromEntries(nics.map(({ key }) => [`tap${vm.vmid}i${key.slice(3)}`, { netin: 0, netout: 0 }])),
        }),
  };
}

const PRESSURE = {
  pressurecpusome: 0,
  pressurecpufull: 0,
  pressureiosome: 0,
  pressureiofull: 0,
  pressurememorysome: 0,
  pressurememoryfull: 0,
};

const qmpStatus = (vm: Vm) => (vm.running === undefined ? 'stopped' : vm.running.paused ? 'paused' : 'running');

export function currentStatus(call: Call, sim: Sim): unknown {
  const vm = sim.vms.load(call.host, call.vmid);
  return {
    ...liveFigures(vm, sim.time.now()),
    qmpstatus: qmpStatus(vm),
    ha: { managed: 0 },
    ...(agentOption(vm.config) === true ? { agent: 1 } : {}),
    ...(vm.config['vga'] === undefined ? {} : { clipboard: null }),
  };
}

export function listVms(call: Call, sim: Sim): unknown {
  const now = sim.time.now();
  return sim.vms
    .on(call.host)
    .filter((vm) => sim.access.has(call.caller, `/vms/${vm.vmid}`, 'VM.Audit'))
    .map((vm) => ({ ...liveFigures(vm, now), ...(call.params['full'] === 1 ? { qmpstatus: qmpStatus(vm) } : {}) }));
}
