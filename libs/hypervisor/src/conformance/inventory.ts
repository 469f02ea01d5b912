import { anOperation } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

export function describeInventory(under: SiteUnderTest): void {
  rule('HV-60', 'hosts are listed with their CPUs and memory', async () => {
    const hosts = await under.hypervisor.listHosts();
    const host = hosts.find(({ name }) => name === under.site.host);
    expect(host).toMatchObject({ online: true });
    expect(host?.cpus).toBeGreaterThan(0);
    expect(host?.memoryFreeMiB).toBeGreaterThan(0);
    expect(host?.memoryMiB).toBeGreaterThanOrEqual(host?.memoryFreeMiB ?? Infinity);
  });

  rule('HV-61', 'storages are listed with their room, their hosts and what they can do', async () => {
    const storages = await under.hypervisor.listStorages();
    const storage = storages.find(({ name }) => name === under.site.storage);
    expect(storage?.hosts).toContain(under.site.host);
    expect(storage).toMatchObject({ snapshots: true, linkedClones: true });
    expect(storage?.freeGiB).toBeGreaterThan(0);
  });

  rule(
    'HV-62',
    'the inventory shows NICs of marked VMs, and shows what was just made, started or removed',
    async () => {
      const vm = await under.vm().running();
      await under.hypervisor.configure(vm.ref, vm.configureSpec(), anOperation().operation);
      const listed = async () =>
        (await under.hypervisor.listVms({ first: 1, last: 2 })).find(({ vmId }) => vmId === vm.ref.vmId);
      expect(await listed()).toMatchObject({
        state: 'running',
        host: under.site.host,
        nics: [{ bridge: under.site.bridge, vlanTag: 21 }],
      });
      await under.hypervisor.destroy(vm.ref, anOperation().operation);
      expect(await listed()).toBeUndefined();
    },
  );

  rule('HV-63', 'VMs without a mark are listed when their id lies in the range', async () => {
    const vm = under.vm();
    await under.site.makeForeignVm(vm.ref.vmId);
    const listed = await under.hypervisor.listVms({ first: vm.ref.vmId, last: vm.ref.vmId });
    const found = listed.find(({ vmId }) => vmId === vm.ref.vmId);
    expect(found).toBeDefined();
    expect(found?.mark).toBeUndefined();
  });

  rule('HV-64', 'observing a VM that does not exist finds nothing', async () => {
    expect(await under.vm().observe()).toBeUndefined();
  });

  rule('HV-65', 'a bridge that a host lacks is named with the host', async () => {
    const network = { name: 'lan', bridge: under.site.bridge, vlanTag: 21, hosts: [under.site.host] };
    await under.hypervisor.ensureNetwork(network, anOperation().operation);
    const missing = { ...network, bridge: 'vmbr999' };
    await expect(under.hypervisor.ensureNetwork(missing, anOperation().operation)).rejects.toMatchObject({
      code: 'network.bridge_missing',
      errorClass: 'permanent',
      facts: { host: under.site.host, bridge: 'vmbr999' },
    });
    await under.hypervisor.removeNetwork(network, anOperation().operation);
  });

  rule('HV-66', 'the doctor finds nothing wrong with a good site, and names what a bad one lacks', async () => {
    const { site } = under;
    const template = { name: 'linux', vmId: site.templateVmId, host: site.host, storage: site.storage };
    const spec = {
      bridge: site.bridge,
      ...(site.pool === undefined ? {} : { pool: site.pool }),
      vmIdFirst: site.vmIds.last + 1,
      vmIdLast: site.vmIds.last + 10,
      templates: [template],
      allocatedVmIds: [],
    };
    const good = await under.hypervisor.check(spec);
    expect(good.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(new Set(good.map(({ check }) => check)).size).toBe(8);
    const missing = { ...template, name: 'windows', vmId: site.vmIds.last, storage: 'nowhere' };
    const bad = await under.hypervisor.check({ ...spec, bridge: 'vmbr999', templates: [template, missing] });
    const failed = bad.filter(({ status }) => status === 'failed').map(({ check }) => check);
    expect(failed).toEqual(expect.arrayContaining(['templates', 'storages', 'bridge']));
  });
}
