import type { OwnershipMark } from '@orion/contracts';
import { HypervisorError } from '../../hypervisor-error';

const SENTINEL = 'orion';
const PREFIXES = { installation: 'orion-i.', tenantId: 'orion-t.', rangeId: 'orion-r.', node: 'orion-n.' } as const;
/** What Proxmox VE takes as a tag; it lowers the case and sorts. */
const TAG = /^[a-z0-9_][a-z0-9_.+-]*$/;
const EVIDENCE = 'orion-clone: ';

/** The tags that say whose a VM is. Throws when a part of the mark cannot be written as one. */
export function markTags(mark: OwnershipMark): readonly string[] {
  const tags = [
    SENTINEL,
    ...(Object.keys(PREFIXES) as (keyof OwnershipMark)[]).map((part) => `${PREFIXES[part]}${mark[part].toLowerCase()}`),
  ];
  const bad = tags.find((tag) => !TAG.test(tag));
  if (bad === undefined) return tags;
  throw new HypervisorError('hypervisor.rejected', 'permanent', `The mark cannot be written as a tag: ${bad}`);
}

/** The tags of a VM, as Proxmox VE stores them: joined by `;`, but any separator counts. */
export function splitTags(tags: string | undefined): readonly string[] {
  return (tags ?? '')
    .toLowerCase()
    .split(/[;,\s]+/)
    .filter((tag) => tag !== '');
}

/** The mark of some installation, or undefined. A mark with a missing or repeated part is none. */
export function parseMark(tags: string | undefined): OwnershipMark | undefined {
  const all = splitTags(tags);
  if (!all.includes(SENTINEL)) return undefined;
  const only = (prefix: string): string | undefined => {
    const values = all.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
    return values.length === 1 && values[0] !== '' ? values[0] : undefined;
  };
  const installation = only(PREFIXES.installation);
  const tenantId = only(PREFIXES.tenantId);
  const rangeId = only(PREFIXES.rangeId);
  const node = only(PREFIXES.node);
  if (installation === undefined || tenantId === undefined || rangeId === undefined || node === undefined)
    return undefined;
  return { installation, tenantId, rangeId, node };
}

/** Tells whether any tag claims to be part of a mark, whole or broken. */
export function hasMarkTags(tags: string | undefined): boolean {
  return splitTags(tags).some(isMarkTag);
}

/** Tags keep no case, so the comparison does not either. */
export function sameMark(a: OwnershipMark, b: OwnershipMark): boolean {
  return (Object.keys(PREFIXES) as (keyof OwnershipMark)[]).every(
    (part) => a[part].toLowerCase() === b[part].toLowerCase(),
  );
}

/** The VM's tags with this mark and without any other; tags that are no mark are kept. */
export function withMark(tags: string | undefined, mark: OwnershipMark): string {
  const others = splitTags(tags).filter((tag) => !isMarkTag(tag));
  return [...new Set([...others, ...markTags(mark)])].sort().join(';');
}

/**
 * What a clone carries in its description until its tags are written: a clone cannot be given tags. The line names the
 * mark, so a VM that was left between clone and tags is found again by its owner and by nobody else.
 */
export function cloneEvidence(mark: OwnershipMark, templateVmId: number): string {
  return `${EVIDENCE}${markTags(mark).join(' ')} from ${templateVmId}`;
}

/** Tells whether the description is that of a clone made for this mark, and its tags name nobody else. */
export function isUnmarkedCloneOf(
  vm: { readonly description: string | undefined; readonly tags: string | undefined },
  mark: OwnershipMark,
): boolean {
  if (hasMarkTags(vm.tags)) return false;
  const [line, ...more] = (vm.description ?? '').trim().split('\n');
  if (line === undefined || more.length > 0 || !line.startsWith(EVIDENCE)) return false;
  return line.toLowerCase().replace(/ from \d+$/, '') === `${EVIDENCE}${markTags(mark).join(' ')}`;
}

function isMarkTag(tag: string): boolean {
  return tag === SENTINEL || Object.values(PREFIXES).some((prefix) => tag.startsWith(prefix));
}
