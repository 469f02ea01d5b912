import type { SiteCheckSpec } from '@orion/contracts';
import type { Hypervisor } from '../port';
import { SiteDoctor } from './check/site-doctor';
import { ConfigWriter } from './config/config-writer';
import { GuestAgent } from './guest/guest-agent';
import { setGuestClock } from './guest/guest-clock';
import { listHosts } from './inventory/list-hosts';
import { listStorages } from './inventory/list-storages';
import { VmInventory } from './inventory/list-vms';
import { ensureNetwork } from './networks';
import type { ProxmoxOptions } from './proxmox-options';
import { NicsOnVnets } from './sdn/nics-on-vnets';
import { SdnApi } from './sdn/sdn-api';
import { SdnNetworks } from './sdn/sdn-networks';
import { TaskApi } from './tasks/task-api';
import { ProxmoxClient } from './transport/proxmox-client';
import { VersionReader } from './version';
import { VmCloner } from './vm/clone-vm';
import { VmConfigurator } from './vm/configure-vm';
import { consoleTicket } from './vm/console-ticket';
import { VmDestroyer } from './vm/destroy-vm';
import { VmInspector } from './vm/inspect-vm';
import { foreign, VmLocator } from './vm/locate-vm';
import { observationOf } from './vm/observe-vm';
import { VmPower } from './vm/power-vm';
import { VmTaskRunner } from './vm/run-vm-task';
import { VmSnapshots } from './vm/snapshot-vm';
import { VmApi } from './vm/vm-api';

/** Proxmox VE 8.0 and later behind the port. Opens no connection before its first call. */
export function createProxmoxHypervisor(options: ProxmoxOptions): Hypervisor {
  const client = new ProxmoxClient(options);
  const { settings } = client;
  const version = new VersionReader(client);
  const api = new VmApi(client);
  const tasks = new TaskApi(client);
  const runner = new VmTaskRunner(tasks);
  const locator = new VmLocator(client, api);
  const writer = new ConfigWriter(api);
  const cloner = new VmCloner({ api, locator, tasks, runner, writer, settings, ownUser: options.tokenId });
  const configurator = new VmConfigurator(api, locator, writer, runner, settings);
  const power = new VmPower(api, locator, runner, version, settings);
  const destroyer = new VmDestroyer(api, locator, power, writer, runner, settings);
  const snapshots = new VmSnapshots(api, locator, runner, settings);
  const inventory = new VmInventory(client, api, locator);
  const guest = new GuestAgent(api, locator);
  const inspector = new VmInspector(api, locator, snapshots, guest);
  const sdn = new SdnApi(client);
  const networks = new SdnNetworks(sdn, new NicsOnVnets(client, api), runner, options.installation, settings);
  const doctor = new SiteDoctor(options, client, version, locator, inventory, sdn);

  return {
    capabilities: async () => ({
      adapter: 'proxmox',
      version: await version.read(),
      memorySnapshots: true,
      guestAgent: true,
      egress: ['none'],
    }),

    listHosts: () => listHosts(client),
    listStorages: () => listStorages(client),
    listVms: (range) => inventory.list(range),
    inspectVm: (ref, guestAgent) => locator.acting(ref.vmId, () => inspector.inspect(ref, guestAgent)),
    observeVm: async (vmId, host) => {
      const located = await locator.locate(vmId, host);
      if (located.kind === 'gone') return undefined;
      if (located.kind === 'hidden') throw foreign(vmId);
      return observationOf(located.place, located.config, await api.status(located.place));
    },
    observeTask: (handle) => tasks.observe(handle),
    cancelTask: (handle) => tasks.cancel(handle),

    ensureCloned: (spec, mark, operation) => cloner.ensure(spec, mark, operation),
    configure: (ref, spec, operation) => locator.acting(ref.vmId, () => configurator.configure(ref, spec, operation)),
    start: (ref, operation) => locator.acting(ref.vmId, () => power.start(ref, operation)),
    stop: (ref, graceMs, operation) => locator.acting(ref.vmId, () => power.stop(ref, graceMs, operation)),
    suspend: (ref, operation) => locator.acting(ref.vmId, () => power.suspend(ref, operation)),
    resume: (ref, operation) => locator.acting(ref.vmId, () => power.resume(ref, operation)),
    destroy: (ref, operation) => destroyer.destroy(ref, operation),

    createSnapshot: (ref, spec, operation) => locator.acting(ref.vmId, () => snapshots.create(ref, spec, operation)),
    rollbackSnapshot: (ref, name, operation) =>
      locator.acting(ref.vmId, () => snapshots.rollback(ref, name, operation)),
    deleteSnapshot: (ref, name, operation) => locator.acting(ref.vmId, () => snapshots.delete(ref, name, operation)),
    listSnapshots: (ref) => locator.acting(ref.vmId, () => snapshots.list(ref)),
    canSnapshot: (ref) => locator.acting(ref.vmId, () => snapshots.arePossible(ref)),

    ensureNetwork: (spec, operation) =>
      spec.sdn === undefined ? ensureNetwork(client, spec) : networks.ensure(spec, operation),
    // A bridge is the administrator's; a tag ends with the last NIC that carries it.
    removeNetwork: (target, operation) =>
      target.sdn === undefined ? Promise.resolve() : networks.remove(target, operation),
    listSdn: () => sdn.facts(),

    guestPing: (ref) => locator.acting(ref.vmId, () => guest.ping(ref)),
    guestExec: (ref, spec) => locator.acting(ref.vmId, () => guest.exec(ref, spec)),
    guestWriteFile: (ref, path, content) => locator.acting(ref.vmId, () => guest.writeFile(ref, path, content)),
    setGuestClock: (ref, os) => locator.acting(ref.vmId, () => setGuestClock(guest, ref, os, Date.now())),
    guestInterfaces: (ref) => locator.acting(ref.vmId, () => guest.interfaces(ref)),

    consoleTicket: (ref) => locator.acting(ref.vmId, () => consoleTicket(api, locator, ref)),
    check: (spec: SiteCheckSpec) => doctor.examine(spec),
    close: () => client.close(),
  };
}
