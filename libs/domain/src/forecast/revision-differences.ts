import type {
  NormalisedBlueprint,
  NormalisedNetwork,
  NormalisedNode,
  NormalisedResources,
} from '../blueprint/normalised-blueprint';

/**
 * What a change of a node needs: nothing but rows, a restart with another configuration, or a new VM from the template,
 * which loses what is in the guest.
 */
export const CHANGE_EFFECTS = ['settings', 'restart', 'rebuild'] as const;
export type ChangeEffect = (typeof CHANGE_EFFECTS)[number];

export interface FieldChange {
  readonly field: string;
  /** Undefined: absent. */
  readonly from: unknown;
  readonly to: unknown;
}

export interface NodeChange {
  readonly name: string;
  /** The largest effect of its changes. */
  readonly effect: ChangeEffect;
  readonly changes: readonly FieldChange[];
}

export interface NetworkChange {
  readonly name: string;
  readonly changes: readonly FieldChange[];
}

export interface RevisionDifferences {
  readonly nodes: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly NodeChange[];
  };
  readonly networks: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly NetworkChange[];
  };
}

type Blueprint = Pick<NormalisedBlueprint, 'nodes' | 'networks'>;
type Field = Exclude<keyof NormalisedNode, 'name' | 'resources'> | `resources.${keyof NormalisedResources}`;

/** Of fields whose effect does not depend on their values. Cloud-init settings count at the first boot alone. */
const EFFECTS: Readonly<Record<Field, ChangeEffect>> = {
  description: 'settings',
  labels: 'settings',
  dependsOn: 'settings',
  readiness: 'settings',
  probes: 'settings',
  os: 'settings',
  isolated: 'settings',
  interfaces: 'restart',
  'resources.cpus': 'restart',
  'resources.memoryMiB': 'restart',
  'resources.diskGiB': 'restart',
  template: 'rebuild',
  cloneMode: 'rebuild',
  cloudInit: 'rebuild',
};

/** What differs between two revisions of a blueprint, by the names of nodes and networks. Linear in both. */
export function revisionDifferences(before: Blueprint, after: Blueprint): RevisionDifferences {
  return {
    nodes: compare(before.nodes, after.nodes, nodeChange),
    networks: compare(before.networks, after.networks, networkChange),
  };
}

function compare<T extends { readonly name: string }, C>(
  before: readonly T[],
  after: readonly T[],
  changeOf: (from: T, to: T) => C | undefined,
) {
  const old = new Map(before.map((item) => [item.name, item]));
  const kept = new Set(after.map(({ name }) => name));
  return {
    added: after.filter(({ name }) => !old.has(name)).map(({ name }) => name),
    removed: before.filter(({ name }) => !kept.has(name)).map(({ name }) => name),
    changed: after.flatMap((to) => {
      const from = old.get(to.name);
      const change = from && changeOf(from, to);
      return change === undefined ? [] : [change];
    }),
  };
}

function nodeChange(from: NormalisedNode, to: NormalisedNode): NodeChange | undefined {
  const changes = differing(valuesOf(from), valuesOf(to));
  if (changes.length === 0) return undefined;
  const effects = changes.map(effectOf);
  const effect = [...CHANGE_EFFECTS].reverse().find((one) => effects.includes(one)) ?? 'settings';
  return { name: to.name, effect, changes };
}

function networkChange(from: NormalisedNetwork, to: NormalisedNetwork): NetworkChange | undefined {
  const changes = differing({ ...from }, { ...to });
  return changes.length === 0 ? undefined : { name: to.name, changes };
}

function valuesOf({ name: _, resources, ...fields }: NormalisedNode): Readonly<Record<string, unknown>> {
  const { cpus, memoryMiB, diskGiB } = resources;
  return { ...fields, 'resources.cpus': cpus, 'resources.memoryMiB': memoryMiB, 'resources.diskGiB': diskGiB };
}

/** Disks grow, and never shrink. */
function effectOf({ field, from, to }: FieldChange): ChangeEffect {
  if (field === 'resources.diskGiB' && (to === undefined || Number(to) < Number(from ?? 0))) return 'rebuild';
  return EFFECTS[field as Field];
}

function differing(from: Readonly<Record<string, unknown>>, to: Readonly<Record<string, unknown>>): FieldChange[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((field) => canonical(from[field]) !== canonical(to[field]))
    .map((field) => ({ field, from: from[field], to: to[field] }));
}

/** Equal for equal values, whatever the order of their members. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? ''
  );
}
