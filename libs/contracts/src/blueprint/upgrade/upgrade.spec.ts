import { validateDocument } from '../validate-document';

const OLD = `version: 0
name: old-lab
networks: { lan: 10.50.0.0/24 }
vms:
  - { name: gw, template: debian-12, net: lan, ip: 10.50.0.1 }
  - { name: srv, template: debian-12, net: dmz, ip: 10.60.7.9, cpus: 2, memory: 2048 }
  - { name: box, template: debian-12, net: wan }
  - { name: alone, template: debian-12 }
`;
const NEW = `schemaVersion: 1
name: old-lab
networks:
  - { name: lan, cidr: 10.50.0.0/24 }
  - { name: dmz, cidr: 10.60.7.0/24 }
  - { name: wan, cidr: 10.99.2.0/24 }
nodes:
  - { name: gw, template: debian-12, interfaces: [{ network: lan, address: 10.50.0.1 }] }
  - { name: srv, template: debian-12, interfaces: [{ network: dmz, address: 10.60.7.9 }], resources: { cpus: 2, memoryMiB: 2048 } }
  - { name: box, template: debian-12, interfaces: [{ network: wan }] }
  - { name: alone, template: debian-12, isolated: true }
`;

test('a version 0 document means the same as its version 1', () => {
  const old = validateDocument(OLD);

  expect(old).toMatchObject({ valid: true, problems: [], sourceVersion: 0 });
  expect(old.digest).toBe(validateDocument(NEW).digest);
});

test.each([
  ['an address outside its network', 'ip: 10.50.0.1', 'ip: 10.51.0.1', 'address.outside_network', '/vms/0/ip', 5],
  ['too much memory', 'memory: 2048', 'memory: 99999999', 'field.bounds', '/vms/1/memory', 6],
  ['a CIDR with host bits', '10.50.0.0/24', '10.50.0.1/24', 'network.host_bits_set', '/networks/lan', 3],
  ['a field of version 1', 'cpus: 2', 'count: 2', 'field.unknown', '/vms/1/count', 6],
  ['a name of the wrong type', 'name: box', 'name: [box]', 'field.type', '/vms/2/name', 7],
])('%s is told once, at its place in the old document', (_what, was, is, code, pointer, line) => {
  const { problems } = validateDocument(OLD.replace(was, is));

  expect(problems).toEqual([expect.objectContaining({ code, pointer, line })]);
});

test('an unknown version is refused with those that are supported', () => {
  const { problems, sourceVersion } = validateDocument(NEW.replace('1', '2'));

  expect(problems).toEqual([
    expect.objectContaining({
      code: 'schema.version_unsupported',
      pointer: '/schemaVersion',
      line: 1,
      hint: 'Supported: 0 and 1.',
    }),
  ]);
  expect(sourceVersion).toBeNull();
});
