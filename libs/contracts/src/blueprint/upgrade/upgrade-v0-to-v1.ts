import { parseIpv4, type Path } from '@orion/domain';
import { V0BlueprintSchema } from './v0-schema';
import type { Upgrade } from './upgrade';

/** What is left of a version 0 document once malformed parts are taken out. */
interface V0Draft {
  readonly name?: string | null;
  readonly networks?: Readonly<Record<string, string | null>> | null;
  readonly vms?: readonly (V0Machine | null)[] | null;
}

interface V0Machine {
  readonly name?: string | null;
  readonly template?: string | null;
  readonly net?: string | null;
  readonly ip?: string | null;
  readonly cpus?: number | null;
  readonly memory?: number | null;
}

/**
 * `vms` become `nodes` with one interface each. A network that `networks` does not name gets the /24 around the first address
 * that a machine has in it, or 10.99.<n>.0/24 when none has one.
 */
export const UPGRADE_V0_TO_V1: Upgrade = {
  from: 0,
  to: 1,
  schema: V0BlueprintSchema,
  upgrade(document) {
    const { name, networks, vms } = document as V0Draft;
    const cidrs = cidrsOf(networks ?? {}, vms ?? []);
    const names = [...cidrs.keys()];
    return {
      document: {
        schemaVersion: 1,
        ...(name === undefined ? {} : { name }),
        networks: networks === null ? null : [...cidrs].map(([network, cidr]) => ({ name: network, cidr })),
        nodes: vms?.map((vm) => vm && nodeOf(vm)) ?? null,
      },
      originOf: (path) => originOf(path, names),
    };
  },
};

function cidrsOf(
  declared: Readonly<Record<string, string | null>>,
  vms: readonly (V0Machine | null)[],
): Map<string, string | null> {
  const cidrs = new Map(Object.entries(declared));
  const missing = new Map<string, string | undefined>();
  for (const vm of vms) {
    if (!vm?.net || cidrs.has(vm.net)) continue;
    const around = vm.ip && parseIpv4(vm.ip) !== undefined ? vm.ip.replace(/[0-9]+$/, '0/24') : undefined;
    missing.set(vm.net, missing.get(vm.net) ?? around);
  }
  for (const [network, around] of missing) cidrs.set(network, around ?? `10.99.${cidrs.size % 256}.0/24`);
  return cidrs;
}

function nodeOf({ name, template, net, ip, cpus, memory }: V0Machine): Record<string, unknown> {
  const resources = { ...given('cpus', cpus), ...given('memoryMiB', memory) };
  return {
    ...given('name', name),
    ...given('template', template),
    ...(Object.keys(resources).length > 0 ? { resources } : {}),
    ...(net === undefined ? { isolated: true } : { interfaces: [{ network: net, ...given('address', ip) }] }),
  };
}

function given(key: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [key]: value };
}

const FIELDS: Readonly<Record<string, string>> = {
  'resources/cpus': 'cpus',
  'resources/memoryMiB': 'memory',
  'interfaces/0/network': 'net',
  'interfaces/0/address': 'ip',
};

function originOf(path: Path, networks: readonly string[]): Path {
  const [top, index, ...rest] = path;
  if (top === 'schemaVersion') return ['version'];
  if (top === 'nodes') {
    if (index === undefined) return ['vms'];
    const field = FIELDS[rest.join('/')] ?? rest[0];
    return field === undefined ? ['vms', index] : ['vms', index, field];
  }
  if (top === 'networks' && typeof index === 'number') return ['networks', networks[index] ?? index];
  return path;
}
