import type { SiteFacts } from '@orion/domain';
import { validateDocument } from './validate-document';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@lab';
const SITE: SiteFacts = {
  templates: [
    { name: 'debian-12', os: 'linux', memoryMiB: 512, diskGiB: 8, agent: false },
    { name: 'windows-11', os: 'windows', agent: true },
  ],
  reservedNetworks: ['10.9.0.0/16'],
  vlanPoolFree: 1,
  capabilities: { egress: ['none'] },
};

interface Parts {
  readonly networks?: string;
  readonly nodes?: string;
}

/** Nodes and networks in flow style, one a line. */
function codesOf({ networks = '{ name: lan, cidr: 10.1.0.0/24 }', nodes = node() }: Parts, site?: SiteFacts): string[] {
  const text = `schemaVersion: 1\nname: lab\nnetworks: [${networks}]\nnodes: [${nodes}]\n`;
  return validateDocument(text, site ? { site } : {}).problems.map(({ code }) => code);
}

function node(fields = '', name = 'a', nic = '{ network: lan }'): string {
  return `{ name: ${name}, template: debian-12, interfaces: [${nic}]${fields && `, ${fields}`} }`;
}

const AGENT = 'readiness: { guestAgent: true }';
const EXEC = '{ name: up, exec: { command: [uptime] } }';
const output = (pattern: string) => `{ name: up, exec: { command: [uptime], output: ${pattern} } }`;
const tcp = (from: string) => `{ name: ssh, tcp: { port: 22, from: ${from} } }`;
const agent = (name: string, more = '', nic = '{ network: lan }') => node(`${AGENT}${more && `, ${more}`}`, name, nic);
const probed = (...probes: readonly string[]) => agent('a', `probes: [${probes.join(', ')}]`);

const net = (cidr: string, more = '') => ({ networks: `{ name: lan, cidr: "${cidr}"${more && `, ${more}`} }` });

test('one node on one network has no problem', () => {
  expect(codesOf({})).toEqual([]);
});

test.each<[string, Parts]>([
  [
    'network.duplicate_name',
    {
      networks: '{ name: lan, cidr: 10.1.0.0/24 }, { name: LAN, cidr: 10.2.0.0/24 }',
      nodes: node('', 'a', '{ network: lan }, { network: LAN }'),
    },
  ],
  [
    'network.overlap',
    {
      networks: '{ name: lan, cidr: 10.1.0.0/16 }, { name: dmz, cidr: 10.1.8.0/24 }',
      nodes: node('', 'a', '{ network: lan }, { network: dmz }'),
    },
  ],
  ['network.cidr_invalid', net('10.1.0/24')],
  ['network.cidr_invalid', net('10.1.0.0/33')],
  ['network.cidr_invalid', net('010.1.0.0/24')],
  ['network.ipv6_unsupported', net('fd00::/64')],
  ['network.host_bits_set', net('10.1.0.1/24')],
  ['network.prefix_unsupported', net('10.1.0.0/31')],
  ['network.prefix_unsupported', net('10.1.0.1/32')],
  ['network.prefix_unsupported', net('0.0.0.0/0')],
  ['network.special_range', net('224.0.0.0/24')],
  ['network.special_range', net('127.0.0.0/24')],
  ['network.special_range', net('169.254.0.0/24')],
  ['network.public_range', net('8.8.8.0/24')],
  ['network.unused', { networks: '{ name: lan, cidr: 10.1.0.0/24 }, { name: dmz, cidr: 10.2.0.0/24 }' }],
  ['network.too_small', { ...net('10.1.0.0/30'), nodes: node('count: 3') }],
  ['network.too_small', { ...net('10.1.0.0/30', 'egress: nat'), nodes: node('count: 2') }],
  ['network.unknown', { nodes: `${node()}, ${node('', 'b', '{ network: lna }')}` }],
  ['gateway.invalid', net('10.1.0.0/24', 'gateway: 10.1.0.300')],
  ['gateway.outside_network', net('10.1.0.0/24', 'gateway: 10.2.0.1, egress: nat')],
  ['gateway.reserved', net('10.1.0.0/24', 'gateway: 10.1.0.255, egress: nat')],
  ['gateway.unowned', net('10.1.0.0/24', 'gateway: 10.1.0.1')],
  [
    'gateway.owned_by_site',
    { ...net('10.1.0.0/24', 'egress: nat'), nodes: node('', 'a', '{ network: lan, address: 10.1.0.1 }') },
  ],
  ['address.invalid', { nodes: node('', 'a', '{ network: lan, address: 10.1.0.5/24 }') }],
  ['address.ipv6_unsupported', { nodes: node('', 'a', '{ network: lan, address: "fd00::1" }') }],
  ['address.outside_network', { nodes: node('', 'a', '{ network: lan, address: 10.2.0.1 }') }],
  ['address.reserved', { nodes: node('', 'a', '{ network: lan, address: 10.1.0.0 }') }],
  ['address.with_count', { nodes: node('count: 2', 'a', '{ network: lan, address: 10.1.0.5 }') }],
  ['mac.multicast', { nodes: node('', 'a', '{ network: lan, mac: "01:00:5e:00:00:01" }') }],
  ['mac.with_count', { nodes: node('count: 2', 'a', '{ network: lan, mac: "52:54:00:00:00:01" }') }],
  ['node.duplicate_name', { nodes: `${node()}, ${node('', 'A')}` }],
  ['node.expanded_name_taken', { nodes: `${node('count: 2', 'ws')}, ${node('', 'WS-2')}` }],
  ['node.no_interface', { nodes: `${node()}, { name: b, template: t }` }],
  ['node.isolated_with_interfaces', { nodes: node('isolated: true') }],
  ['interface.same_network', { nodes: node('', 'a', '{ network: lan }, { network: lan }') }],
  ['dependency.unknown', { nodes: node('dependsOn: [b]') }],
  ['dependency.self', { nodes: node('dependsOn: [a]') }],
  ['dependency.self', { nodes: node('count: 2, dependsOn: [a-2]') }],
  ['dependency.duplicate', { nodes: `${node()}, ${node('dependsOn: [a, a]', 'b')}` }],
  ['dependency.cycle', { nodes: `${node('count: 2, dependsOn: [b]')}, ${node('dependsOn: [a-2]', 'b')}` }],
  ['limit.nodes', { ...net('10.0.0.0/8'), nodes: `${node('count: 10000')}, ${node('', 'b')}` }],
  [
    'limit.dependencies',
    { ...net('10.0.0.0/8'), nodes: `${node('count: 5000')}, ${node('count: 5000, dependsOn: [a]', 'b')}` },
  ],
  ['name.too_long', { nodes: node('count: 10', 'n'.repeat(61)) }],
  ['name.too_long_for_windows', { nodes: node('os: windows, count: 10', 'workstation-x') }],
  ['name.only_digits', { nodes: node('os: windows', '"2022"') }],
  ['field.pattern', { nodes: node('', 'under_score') }],
  ['field.type', { nodes: node('', '2022') }],
  ['cloud_init.key_malformed', { nodes: node('cloudInit: { sshKeys: ["ssh-ed25519 AAAA"] }') }],
  ['cloud_init.duplicate_key', { nodes: node(`cloudInit: { sshKeys: ["${KEY}", "${KEY}"] }`) }],
  ['field.unknown', { nodes: node('cloudInit: { password: secret }') }],
  ['probe.duplicate_name', { nodes: probed(EXEC, EXEC.replace('up', 'UP')) }],
  ['probe.not_one_check', { nodes: probed('{ name: up }') }],
  [
    'probe.not_one_check',
    { nodes: `${probed(EXEC.replace('] }', '] }, tcp: { port: 22, from: b }'))}, ${agent('b')}` },
  ],
  ['probe.no_agent', { nodes: node(`probes: [${EXEC}]`) }],
  ['probe.no_agent', { nodes: `${node(`probes: [${tcp('b')}]`)}, ${node('', 'b')}` }],
  ['probe.pattern_invalid', { nodes: probed(output('"("')) }],
  ['probe.pattern_dangerous', { nodes: probed(output('"(a+)+$"')) }],
  ['field.bounds', { nodes: probed(output(`"${'('.repeat(501)}"`)) }],
  ['field.bounds', { nodes: probed('{ name: up, exec: { command: [] } }') }],
  ['probe.from_unknown', { nodes: probed(tcp('b')) }],
  ['probe.from_group', { nodes: `${probed(tcp('ws'))}, ${agent('ws', 'count: 2')}` }],
  ['probe.from_self', { nodes: probed(tcp('a')) }],
  ['probe.from_self', { nodes: node(`count: 2, probes: [${tcp('a-2')}]`) }],
  ['probe.no_interface', { nodes: `${probed(tcp('b'))}, { name: b, template: t, isolated: true, ${AGENT} }` }],
  [
    'probe.no_shared_network',
    {
      networks: '{ name: lan, cidr: 10.1.0.0/24 }, { name: dmz, cidr: 10.2.0.0/24 }',
      nodes: `${probed(tcp('b'))}, ${agent('b', '', '{ network: dmz }')}`,
    },
  ],
  ['field.key', { nodes: node('labels: { "a b": c }') }],
])('%s, and nothing else', (code, parts) => {
  expect(codesOf(parts)).toEqual([code]);
});

test('duplicates of addresses, MACs and gateways are told at the later interface', () => {
  const nic = (address: string) => `{ network: lan, address: ${address}, mac: "52:54:00:00:00:01" }`;
  const twice = (address: string) => `${node('', 'a', nic(address))}, ${node('', 'b', nic(address))}`;

  expect(codesOf({ nodes: twice('10.1.0.5') })).toEqual(['address.duplicate', 'mac.duplicate']);
  expect(codesOf({ ...net('10.1.0.0/24', 'gateway: 10.1.0.1'), nodes: twice('10.1.0.1') })).toEqual([
    'gateway.several_owners',
    'mac.duplicate',
  ]);
});

test.each<[string, Parts]>([
  ['template.unknown', { nodes: node().replace('debian-12', 'debain-12') }],
  ['template.os_mismatch', { nodes: node('os: windows') }],
  ['template.os_undeclared', { nodes: node().replace('debian-12', 'windows-11') }],
  ['template.disk_too_small', { nodes: node('resources: { diskGiB: 4 }') }],
  ['template.memory_low', { nodes: node('resources: { memoryMiB: 256 }') }],
  ['template.no_agent', { nodes: node('readiness: { guestAgent: true }') }],
  ['network.overlaps_reserved', net('10.9.5.0/24')],
  ['network.egress_unsupported', net('10.1.0.0/24', 'egress: nat')],
  [
    'network.pool_low',
    {
      networks: '{ name: lan, cidr: 10.1.0.0/24 }, { name: dmz, cidr: 10.2.0.0/24 }',
      nodes: node('', 'a', '{ network: lan }, { network: dmz }'),
    },
  ],
])('%s, when the site is named only', (code, parts) => {
  expect(codesOf(parts)).toEqual([]);
  expect(codesOf(parts, SITE)).toEqual([code]);
});

test('a command, a port from another node and one from a node of a group are accepted', () => {
  const probes = [EXEC, tcp('b'), tcp('ws-2').replace('ssh', 'ssh-ws')];

  expect(codesOf({ nodes: `${probed(...probes)}, ${agent('b')}, ${agent('ws', 'count: 2')}` })).toEqual([]);
});

test('a public key is accepted', () => {
  expect(codesOf({ nodes: node(`cloudInit: { user: orion, sshKeys: ["${KEY}"] }`) })).toEqual([]);
});
