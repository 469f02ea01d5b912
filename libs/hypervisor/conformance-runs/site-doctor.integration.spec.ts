import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteFinding } from '@orion/contracts';
import { waitFor } from '@orion/testing';
import { defaultCluster, withSdnZone, type ClusterSpec, type SimulatorOptions } from '../../../apps/pve-simulator/src';
import { createProxmoxHypervisor } from '../src';
import { anOperation, ConformanceVm } from '../src/conformance';
import { aSimulatedSite, type SimulatedSite } from './simulated-site';

const sites: SimulatedSite[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close();
});
const aSite = async (options: SimulatorOptions = {}): Promise<SimulatedSite> => {
  const site = await aSimulatedSite(options);
  sites.push(site);
  return site;
};
const wrong = (findings: readonly SiteFinding[], status: SiteFinding['status'] = 'failed') =>
  findings.filter((finding) => finding.status === status).map(({ check, detail }) => `${check}: ${detail}`);

test.each(['9.1.9', '8.1.3'])('a site of release %s with the least privileges lacks nothing', async (pveVersion) => {
  const site = await aSite({ pveVersion });
  const findings = await site.hypervisor.check(site.checkSpec());
  expect(wrong(findings)).toEqual([]);
  expect(wrong(findings, 'warning')).toEqual([]);
});

test('each missing privilege is named with its path and what it is needed for', async () => {
  const spec = defaultCluster();
  const roles = { ...spec.roles, OrionRange: ['VM.Audit', 'VM.Allocate'], OrionStorage: ['Datastore.Audit'] };
  const site = await aSite({ spec: { ...spec, roles } });
  const failed = wrong(await site.hypervisor.check(site.checkSpec()));
  expect(failed).toContain(
    'privileges: VM.Snapshot on /pool/orion-ranges is missing: needed for snapshots and rollbacks',
  );
  expect(failed).toContain(
    'privileges: Datastore.AllocateSpace on /storage/shared is missing: needed for disks of clones',
  );
});

test('the use of a bridge is missed, or held for some of its tags only', async () => {
  const spec = defaultCluster();
  const others = spec.acls.filter(({ path }) => !path.startsWith('/sdn'));
  const without = await aSite({ spec: { ...spec, acls: others } });
  expect(wrong(await without.hypervisor.check(without.checkSpec()))).toContain(
    'privileges: SDN.Use on /sdn/zones/localnetwork/vmbr1 is missing: needed for NICs',
  );
  const tagged = ['orion@pve', 'orion@pve!range'].map((who) => ({
    path: '/sdn/zones/localnetwork/vmbr1/21',
    who,
    role: 'OrionNet',
  }));
  const partly = await aSite({ spec: { ...spec, acls: [...others, ...tagged] } });
  expect(wrong(await partly.hypervisor.check(partly.checkSpec()), 'warning')).toEqual([
    expect.stringContaining('held for some VLAN tags only'),
  ]);
});

test('templates that cannot be cloned as they are are named', async () => {
  const site = await aSite();
  await site.changeVm(9001, { config: { tags: 'orion;orion-r.x', agent: null } });
  const templates = [
    { name: 'router', vmId: 9001, host: 'pve1', storage: 'shared' },
    { name: 'nothing', vmId: 9999, host: 'pve1', storage: 'shared' },
  ];
  const findings = await site.hypervisor.check(site.checkSpec({ templates }));
  expect(wrong(findings).filter((finding) => finding.startsWith('templates'))).toEqual([
    'templates: Template router (VM 9001) carries the mark of a range, which its clones would inherit',
    'templates: Template nothing (VM 9999) is not on pve1, or the token may not read it',
  ]);
  expect(wrong(findings, 'warning')).toEqual([expect.stringContaining('has no guest agent configured')]);
});

test('VMs in the id range that nothing accounts for are named, also those that the token cannot see', async () => {
  const site = await aSite();
  await site.makeForeignVm(7001);
  await site.makeVm({ vmid: 7002, host: 'pve3', config: { name: 'hidden' } });
  const orphan = new ConformanceVm(site, 7003, 'orphan');
  await site.hypervisor.ensureCloned(orphan.cloneSpec(), orphan.ref.mark, anOperation().operation);
  const findings = await site.hypervisor.check(site.checkSpec());
  expect(wrong(findings)).toEqual([
    'vm-ids: Foreign VMs hold ids of 7000 to 7010: 7001 (foreign on pve1), 7002 (hidden from the token)',
  ]);
  expect(wrong(findings, 'warning')).toEqual(['vm-ids: VMs with our mark that nothing accounts for: 7003']);
  const accounted = await site.hypervisor.check(site.checkSpec({ vmIdFirst: 7003, allocatedVmIds: [7003] }));
  expect(wrong(accounted)).toEqual([]);
});

test('a check that cannot be made is a finding, and the others are made', async () => {
  const site = await aSite();
  await site.fault({ operation: 'access.permissions', kind: 'respond500', times: 50 });
  expect(wrong(await site.hypervisor.check(site.checkSpec()))).toEqual([
    expect.stringMatching(/^privileges: Could not be checked/),
  ]);
});

test('a certificate that is not trusted, and a host that does not answer, are told apart', async () => {
  const site = await aSite();
  const untrusted = site.adapter({ fingerprint: 'ab'.repeat(32) });
  expect(wrong(await untrusted.check(site.checkSpec()))).toEqual([expect.stringMatching(/^tls: .*is not trusted/)]);
  const nobody = createProxmoxHypervisor({
    url: 'https://127.0.0.1:1',
    tokenId: 'a@pve!b',
    tokenSecret: 'c',
    installation: 'lab',
  });
  expect(wrong(await nobody.check(site.checkSpec()))).toEqual([expect.stringMatching(/^reachable: .*does not answer/)]);
});

describe('of a site whose networks are VNets', () => {
  const SDN = { zone: 'ranges', tagFirst: 5_000, tagLast: 5_999 };
  const aSdnSite = (type = 'vxlan', changes: Partial<ClusterSpec> = {}) =>
    aSite({ spec: { ...withSdnZone(defaultCluster(), { zone: 'ranges', type }), ...changes } });
  const check = async (site: SimulatedSite, sdn = SDN, hypervisor = site.hypervisor) => {
    const { bridge: _bridge, ...spec } = site.checkSpec({ sdn });
    return hypervisor.check(spec);
  };

  test.each(['vxlan', 'vlan', 'qinq'])('a zone of type %s with the least privileges lacks nothing', async (type) => {
    const findings = await check(await aSdnSite(type), { ...SDN, tagFirst: 100, tagLast: 999 });
    expect(wrong(findings)).toEqual([]);
    expect(wrong(findings, 'warning')).toEqual([]);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'networks', status: 'passed' }));
  });

  test('a zone that is missing, of another kind, or too small for its tags is named', async () => {
    const site = await aSdnSite('simple');
    expect(wrong(await check(site, { ...SDN, zone: 'nowhere' }))).toContainEqual(
      expect.stringMatching(/^networks: There is no zone nowhere/),
    );
    expect(wrong(await check(site))).toEqual([
      'networks: Zone ranges is of type simple; networks of ranges need one of vxlan, vlan, qinq',
    ]);
    expect(wrong(await check(await aSdnSite('vlan')))).toEqual([
      'networks: Tags up to 5999 do not fit into the vlan zone ranges: 4094 at most',
    ]);
  });

  test('the roles of the guide are enough', async () => {
    const guide = readFileSync(join(__dirname, '../../../docs/guides/networks.md'), 'utf8');
    const found = [...guide.matchAll(/^pveum role add (\w+) --privs "([^"]+)"/gm)];
    const roles = Object.fromEntries(found.map(([, name = '', privileges = '']) => [name, privileges.split(' ')]));
    expect(Object.keys(roles)).toEqual(['OrionZone', 'OrionApply']);

    const site = await aSdnSite('vxlan', { roles: { ...defaultCluster().roles, ...roles } });
    expect(wrong(await check(site))).toEqual([]);
    const network = { name: 'lan', bridge: 'onet1', vlanTag: 5_000, hosts: ['pve1'] };
    const sdn = { zone: 'ranges', rangeId: 'r' };
    await site.hypervisor.ensureNetwork({ ...network, sdn }, anOperation().operation);
    await site.hypervisor.removeNetwork({ ...network, sdn }, anOperation().operation);
  });

  test('each right on the zone that is missing is named', async () => {
    const roles = { ...withSdnZone(defaultCluster(), { zone: 'ranges', type: 'vxlan' }).roles };
    const site = await aSdnSite('vxlan', { roles: { ...roles, OrionZone: ['SDN.Audit'], OrionApply: [] } });
    expect(wrong(await check(site))).toEqual([
      'privileges: SDN.Allocate on /sdn is missing: needed for applying networks',
      'privileges: SDN.Allocate on /sdn/zones/ranges is missing: needed for making and removing VNets',
      'privileges: SDN.Use on /sdn/zones/ranges is missing: needed for NICs on VNets',
    ]);
  });

  test('a host that did not take on what was applied is named', async () => {
    const site = await aSdnSite();
    await site.fault({ operation: 'sdn.apply', kind: 'hostFailsSilently', host: 'pve3' });
    await site.byHand('PUT', '/cluster/sdn');
    // Of the simulated cluster a call answers before its task has ended.
    await waitFor(async () => (await site.counters())['sdnApplies'] === 1);
    expect(wrong(await check(site))).toEqual(['networks: Zone ranges is pending on pve3']);
  });

  test('tags of the pool that others have, and what others have not applied, are told', async () => {
    const site = await aSdnSite();
    await site.byHand('POST', '/cluster/sdn/vnets', { vnet: 'theirs', zone: 'ranges', tag: 5_003 });
    const findings = await check(site);
    expect(wrong(findings)).toEqual([]);
    expect(wrong(findings, 'warning')).toEqual([
      'networks: VNets of somebody else have tags of the pool 5000 to 5999, which ranges do not get: theirs (5003)',
      'networks: Changes of somebody else wait to be applied; until then no network is made: VNet theirs',
    ]);
  });

  test('a firewall that is off is told to who may ask', async () => {
    const site = await aSdnSite();
    const told = async () => wrong(await check(site, SDN, site.rootAdapter()), 'warning');
    expect(await told()).toEqual([expect.stringMatching(/^networks: The firewall of the cluster is off/)]);

    await site.byHand('PUT', '/cluster/firewall/options', { enable: 1 });
    expect(await told()).toEqual([]);
  });
});
