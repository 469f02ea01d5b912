import type { ManifestNode } from './manifest';

/** One thing that was compared or tried after a reset, in words. */
export interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly found: string;
}

/** What was found about one node after a reset. */
export interface NodeReport {
  readonly node: string;
  readonly ok: boolean;
  /** How often the node was set back: 1, or 2 when it was repeated. */
  readonly rounds: number;
  readonly checks: readonly Check[];
}

/** Compares a node with its manifest. What must be equal for the reset to be proven is a check each. */
export function verifyNode(expected: ManifestNode, found: ManifestNode): readonly Check[] {
  const checks = [
    check('snapshot', expected.snapshot ?? 'none', found.snapshot ?? 'none'),
    check('lock', 'none', found.lock ?? 'none'),
    check('power', expected.power, found.power),
    configCheck(expected, found),
    check('disks', disks(expected), disks(found)),
    check('nics', nics(expected), nics(found)),
  ];
  if (expected.guest !== null) {
    checks.push(check('guest', guest(expected), guest(found)));
    checks.push(check('addresses', list(expected.addresses ?? []), list(found.addresses ?? [])));
  }
  return checks;
}

/** A step of a node's reset that failed, as a check. */
export function failedStep(kind: string, detail: string): Check {
  return { check: kind, ok: false, expected: 'done', found: detail };
}

function check(name: string, expected: string, found: string): Check {
  return { check: name, ok: expected === found, expected, found };
}

/** Of configurations only what differs is said. */
function configCheck(expected: ManifestNode, found: ManifestNode): Check {
  if (expected.configDigest === found.configDigest) {
    return check('config', expected.configDigest, found.configDigest);
  }
  const keys = [...new Set([...Object.keys(expected.config), ...Object.keys(found.config)])].sort();
  const differing = keys.filter((key) => expected.config[key] !== found.config[key]);
  const said = (config: Readonly<Record<string, string>>): string =>
    list(differing.map((key) => `${key}: ${config[key] ?? 'absent'}`));
  return { check: 'config', ok: false, expected: said(expected.config), found: said(found.config) };
}

function disks(node: ManifestNode): string {
  return list(node.disks.map(({ device, volume, sizeMiB }) => `${device} ${volume} ${sizeMiB} MiB`));
}

function nics(node: ManifestNode): string {
  return list(
    node.nics.map(({ mac, bridge, vlanTag }) => `${mac} on ${bridge}${vlanTag === undefined ? '' : `.${vlanTag}`}`),
  );
}

function guest({ guest: seen }: ManifestNode): string {
  if (seen === null) return 'not asked';
  if (!seen.answers) return 'does not answer';
  return [seen.hostname ?? 'no host name', seen.os ?? 'no system'].join(', ');
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join('; ');
}
