import type { BlueprintDraft } from './blueprint-draft';
import { defaultGateway, normaliseBlueprint } from './normalise-blueprint';

const draft: BlueprintDraft = {
  name: 'lab',
  networks: [
    { name: 'lan', cidr: '10.1.0.0/24', gateway: '10.1.0.1' },
    { name: 'out', cidr: '10.2.0.0/24', egress: 'nat' },
  ],
  nodes: [
    { name: 'ws', template: 't', count: 2, os: 'windows', interfaces: [{ network: 'lan' }], dependsOn: ['fw'] },
    { name: 'fw', template: 't', interfaces: [{ network: 'lan', address: '10.1.0.1' }, { network: 'out' }] },
    { name: 'srv', template: 't', interfaces: [{ network: 'lan', address: '10.1.0.3' }], dependsOn: ['ws', 'ws-1'] },
  ],
};

test('groups are numbered and get the lowest addresses that nobody has', () => {
  const { nodes } = normaliseBlueprint(draft);

  expect(nodes.map(({ name, interfaces }) => [name, ...interfaces.map(({ address }) => address)])).toEqual([
    ['ws-1', '10.1.0.2'],
    ['ws-2', '10.1.0.4'],
    ['fw', '10.1.0.1', '10.2.0.2'],
    ['srv', '10.1.0.3'],
  ]);
});

test('a group that is depended on stands for its nodes, each once', () => {
  expect(normaliseBlueprint(draft).nodes.at(-1)?.dependsOn).toEqual(['ws-1', 'ws-2']);
});

test('defaults are filled, and the site is the gateway of a network with egress', () => {
  const { networks, nodes } = normaliseBlueprint(draft);

  expect(networks[1]).toEqual({ name: 'out', cidr: '10.2.0.0/24', gateway: '10.2.0.1', egress: 'nat' });
  expect(nodes[0]).toMatchObject({
    os: 'windows',
    resources: { cpus: 2, memoryMiB: 4096 },
    readiness: { guestAgent: false, timeoutSeconds: 300 },
    isolated: false,
    cloneMode: 'linked',
  });
});

test('a node sends what leaves its networks to the gateway, and the gateway to the next one', () => {
  const { networks, nodes } = normaliseBlueprint(draft);

  expect(nodes.map((node) => defaultGateway(node, networks)?.address)).toEqual([
    '10.1.0.1',
    '10.1.0.1',
    '10.2.0.1',
    '10.1.0.1',
  ]);
});

test('probes get their defaults, and a node without probes has no member for them', () => {
  const [plain] = draft.nodes ?? [];
  const probes = [
    { name: 'up', exec: { command: ['uptime'] } },
    { name: 'ssh', timeoutSeconds: 5, tcp: { port: 22, from: 'fw' } },
  ];
  const { nodes } = normaliseBlueprint({ ...draft, nodes: [{ ...plain, probes }, ...(draft.nodes ?? []).slice(1)] });

  expect(nodes[0]?.probes).toEqual([
    { name: 'up', timeoutSeconds: 30, exec: { command: ['uptime'], exitCode: 0 } },
    { name: 'ssh', timeoutSeconds: 5, tcp: { port: 22, from: 'fw' } },
  ]);
  expect(normaliseBlueprint({ ...draft, nodes: [{ ...plain, probes: [] }, ...(draft.nodes ?? []).slice(1)] })).toEqual(
    normaliseBlueprint(draft),
  );
});

test('the normalised form is a blueprint whose normalised form it is', () => {
  const once = normaliseBlueprint(draft);

  expect(normaliseBlueprint(once)).toEqual(once);
});
