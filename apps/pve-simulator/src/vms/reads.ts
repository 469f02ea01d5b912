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

/** The figures of one VM as its own host sees them: never late. Written key by key, for long lists. */
function liveFigures(vm: Vm, now: number): Record<string, unknown> {
  const { config, running } = vm;
  const { cpu, mem, uptime } = usageOf(vm, now);
  const figures: Record<string, unknown> = {
    vmid: vm.vmid,
    status: statusOf(vm),
    name: nameOf(vm),
    cpus: cpusOf(config),
  };
  figures['maxmem'] = memoryMiB(config) * 1048576;
  figures['maxdisk'] = disksOf(config).find((disk) => !disk.isCdrom)?.sizeBytes ?? 0;
  figures['cpu'] = cpu;
  figures['mem'] = mem;
  figures['memhost'] = mem;
  figures['uptime'] = uptime;
  figures['disk'] = 0;
  figures['netin'] = 0;
  figures['netout'] = 0;
  if (config['serial0'] !== undefined) figures['serial'] = 1;
  if (isTemplate(vm)) figures['template'] = 1;
  if (config['lock'] !== undefined) figures['lock'] = config['lock'];
  if (config['tags'] !== undefined) figures['tags'] = config['tags'];
  if (running === undefined) return figures;
  figures['pid'] = running.pid;
  for (const name of PRESSURE) figures[name] = 0;
  return figures;
}

/** Traffic by network device of a running VM. */
function trafficOf(vm: Vm): Record<string, unknown> {
  const nics = nicsOf(vm.config);
  if (vm.running === undefined || nics.length === 0) return {};
  const devices = nics.map(({ key }) => [`tap${vm.vmid}i${key.slice(3)}`, { netin: 0, netout: 0 }]);
  return { nics: Object.fromEntries(devices) as unknown };
}

const PRESSURE = [
  'pressurecpusome',
  'pressurecpufull',
  'pressureiosome',
  'pressureiofull',
  'pressurememorysome',
  'pressurememoryfull',
];

const qmpStatus = (vm: Vm) => (vm.running === undefined ? 'stopped' : vm.running.paused ? 'paused' : 'running');

export function currentStatus(call: Call, sim: Sim): unknown {
  const vm = sim.vms.load(call.host, call.vmid);
  return {
    ...liveFigures(vm, sim.time.now()),
    ...trafficOf(vm),
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
    .map((vm) => {
      const figures = liveFigures(vm, now);
      if (call.params['full'] === 1) figures['qmpstatus'] = qmpStatus(vm);
      return figures;
    });
}
