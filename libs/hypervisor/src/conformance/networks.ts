import type { NetworkSpec } from '../port';
import { anOperation } from './conformance-site';
import { rule, type SiteUnderTest } from './site-under-test';

const RANGE = '7f0c1d52-0000-4000-8000-0000000000aa';

export function describeNetworks(under: SiteUnderTest): void {
  let used = 0;
  /** A network that no other test has; undefined on a site without a zone. */
  const aNetwork = (): NetworkSpec | undefined => {
    const { sdn, host } = under.site;
    if (sdn === undefined) return undefined;
    used += 1;
    const { zone, firstTag } = sdn;
    const vlanTag = firstTag + used;
    return { name: 'lan', bridge: `oconf${used}`, vlanTag, hosts: [host], sdn: { zone, rangeId: RANGE } };
  };
  const ensure = (network: NetworkSpec) => under.hypervisor.ensureNetwork(network, anOperation().operation);
  const remove = (network: NetworkSpec) => under.hypervisor.removeNetwork(network, anOperation().operation);
  const named = async ({ bridge }: NetworkSpec) =>
    (await under.hypervisor.listSdn())?.vnets.filter(({ name }) => name === bridge);

  rule('HV-80', 'a VNet is made once, marked, and shown; a removed one is gone, and may be removed again', async () => {
    const network = aNetwork();
    if (network === undefined) return;
    await ensure(network);
    const { intents, operation } = anOperation();
    await under.hypervisor.ensureNetwork(network, operation);
    expect(intents).toEqual([]);
    const mark = { installation: under.site.installation, rangeId: RANGE, network: 'lan' };
    expect(await named(network)).toEqual([
      { name: network.bridge, zone: network.sdn?.zone, tag: network.vlanTag, mark },
    ]);
    await remove(network);
    await remove(network);
    expect(await named(network)).toEqual([]);
  });

  rule('HV-81', 'a VNet of another range is neither changed nor removed', async () => {
    const network = aNetwork();
    if (network?.sdn === undefined) return;
    await ensure(network);
    const other = { ...network, sdn: { ...network.sdn, rangeId: `${RANGE.slice(0, -2)}bb` } };
    await expect(ensure(other)).rejects.toMatchObject({ code: 'network.name_taken', errorClass: 'permanent' });
    await remove(other);
    expect(await named(network)).toHaveLength(1);
    await remove(network);
  });

  rule('HV-82', 'a VNet that a VM hangs on stays until the VM is gone', async () => {
    const network = aNetwork();
    if (network === undefined) return;
    await ensure(network);
    const vm = await under.vm().cloned();
    const { vlanTag: _tag, ...nic } = vm.nic({ bridge: network.bridge });
    await under.hypervisor.configure(vm.ref, vm.configureSpec({ nics: [nic] }), anOperation().operation);
    await expect(remove(network)).rejects.toMatchObject({ code: 'network.in_use', errorClass: 'conflict' });
    await under.hypervisor.destroy(vm.ref, anOperation().operation);
    await remove(network);
  });

  rule('HV-83', 'a VM on a VNet starts', async () => {
    const network = aNetwork();
    if (network === undefined) return;
    await ensure(network);
    const vm = await under.vm().cloned();
    const { vlanTag: _tag, ...nic } = vm.nic({ bridge: network.bridge });
    await under.hypervisor.configure(vm.ref, vm.configureSpec({ nics: [nic] }), anOperation().operation);
    await under.hypervisor.start(vm.ref, anOperation().operation);
    expect(await vm.observe()).toMatchObject({ state: 'running', nics: [{ bridge: network.bridge }] });
    await under.hypervisor.destroy(vm.ref, anOperation().operation);
    await remove(network);
  });
}
