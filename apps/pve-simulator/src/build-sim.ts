import { AccessControl } from './access/access-control';
import { Tickets } from './access/tickets';
import { Counters } from './admin/counters';
import { RequestLog } from './admin/request-log';
import { Cluster } from './cluster/cluster';
import type { ClusterSpec, TemplateSpec } from './cluster/cluster-spec';
import { defaultCluster } from './cluster/default-cluster';
import { Publication } from './cluster/publication';
import { Faults } from './faults/faults';
import { Holds } from './faults/holds';
import type { SimulatorOptions } from './options';
import { Pools } from './pools/pools';
import { DEFAULT_PVE_VERSION, pveVersion } from './pve-version';
import { Sdn } from './sdn/sdn';
import type { Sim } from './sim';
import { TaskManager } from './tasks/task-manager';
import { Locks } from './timing/locks';
import { RECORDED_PROFILE } from './timing/profile';
import { Random } from './timing/random';
import { SimulatedTime } from './timing/time';
import { newVm, printNic, type VmConfig } from './vms/vm';
import { Vms } from './vms/vms';
import { baseVolumeName, volumeName } from './vms/volumes';

/** Puts the parts together and fills the cluster from its specification. */
export function buildSim(options: SimulatorOptions, fingerprint: string): Sim {
  const version = pveVersion(options.pveVersion ?? DEFAULT_PVE_VERSION);
  const spec = options.spec ?? defaultCluster(version.major);
  const profile = { ...RECORDED_PROFILE, ...spec.profile, ...options.profile };
  const time = new SimulatedTime(options.factor ?? 1);
  const random = Random.fromSeed(options.seed ?? 'orion');
  const faults = new Faults();
  const holds = new Holds();
  const pools = new Pools();
  const vms = new Vms();
  const lockVms = (ids: readonly number[], lock: string) => {
    for (const id of ids) {
      const vm = vms.find(id);
      if (vm !== undefined && vm.config['template'] !== 1) vm.config['lock'] = lock;
    }
  };
  const sim: Sim = {
    ...{ spec, version, fingerprint, time, random, profile, faults, holds, pools, vms },
    access: new AccessControl(version.major, pools),
    tickets: new Tickets(),
    locks: new Locks(),
    tasks: new TaskManager(time, random, faults, holds, profile.workerLinger, lockVms),
    cluster: new Cluster(spec, time.now()),
    sdn: new Sdn(),
    firewall: new Map(),
    counters: new Counters(),
    requests: new RequestLog(),
    publication: new Publication(vms, time, profile.resourcesLag),
  };
  fillAccess(sim, spec);
  fillCluster(sim);
  return sim;
}

function fillAccess(sim: Sim, spec: ClusterSpec): void {
  const { access } = sim;
  for (const [role, privileges] of Object.entries(spec.roles)) access.roles.set(role, privileges);
  for (const user of spec.users) access.users.set(user.id, user);
  for (const token of spec.tokens) access.tokens.set(token.id, token);
  access.grant(...spec.acls);
}

/** Pools, templates and networks as declared. Also what a reset returns to. */
export function fillCluster(sim: Sim): void {
  const { spec } = sim;
  for (const pool of spec.pools) sim.pools.create(pool);
  for (const template of spec.templates) addTemplate(sim, template);
  for (const { zone, type, bridge, vnets } of spec.sdnZones ?? []) {
    sim.sdn.pending.zones.set(zone, { zone, type, ...(bridge === undefined ? {} : { bridge }) });
    for (const { vnet, tag } of vnets ?? []) {
      sim.sdn.pending.vnets.set(vnet, { vnet, zone, type: 'vnet', ...(tag === undefined ? {} : { tag }) });
    }
  }
  sim.sdn.commit();
  for (const host of sim.cluster.hosts.keys()) sim.sdn.reload(host);
  sim.publication.renew();
}

const GIB = 1024 ** 3;

function addTemplate(sim: Sim, template: TemplateSpec): void {
  const { vmid, storage } = template;
  const volume = volumeName(sim, storage, vmid, 0);
  const disk = {
    ...{ key: 'scsi0', storage, volume, volid: `${storage}:${volume}`, sizeBytes: (template.diskGiB ?? 8) * GIB },
    ...{ isCdrom: false, isCloudInit: false },
  };
  const config: VmConfig = {
    name: template.name,
    memory: String(template.memoryMiB),
    cores: template.cores,
    cpu: 'x86-64-v2-AES',
    ostype: template.os === 'windows' ? 'win11' : 'l26',
    scsihw: 'virtio-scsi-pci',
    boot: 'order=scsi0',
    scsi0: `${storage}:${baseVolumeName(disk)},size=${template.diskGiB ?? 8}G`,
    smbios1: `uuid=${sim.random.uuid()}`,
    vmgenid: sim.random.uuid(),
    meta: `creation-qemu=10.0.13,ctime=${sim.time.epochSeconds()}`,
    template: 1,
    ...(template.agent === false ? {} : { agent: '1' }),
    ...(template.cloudInit === true
      ? { ide2: `${storage}:${volumeName(sim, storage, vmid, 0, 'cloudinit')},media=cdrom` }
      : {}),
    ...(template.tags === undefined ? {} : { tags: template.tags }),
    ...(template.description === undefined ? {} : { description: template.description }),
  };
  template.nics?.forEach(({ model = 'virtio', bridge, tag, firewall }, index) => {
    config[`net${index}`] = printNic({
      ...{ model, macaddr: sim.random.mac(), bridge },
      ...(tag === undefined ? {} : { tag: String(tag) }),
      ...(firewall === true ? { firewall: '1' } : {}),
    });
  });
  sim.vms.add(newVm(vmid, template.host, config));
  if (template.pool !== undefined) sim.pools.join(template.pool, vmid);
}
