import type { SiteCheckSpec, SiteFinding, VmFacts } from '@orion/contracts';
import type { VmLocator } from '../vm/locate-vm';
import { failed, orPassed, warning } from './finding';

/** Ids that are asked about one by one, because a VM that the token may not see is in no list. */
const PROBES = 64;
const NAMED = 20;

/** Ids of the site's range that something unexpected holds. */
export async function checkVmIds(
  locator: VmLocator,
  installation: string,
  spec: SiteCheckSpec,
  vms: readonly VmFacts[],
): Promise<readonly SiteFinding[]> {
  const { vmIdFirst: first, vmIdLast: last } = spec;
  const allocated = new Set(spec.allocatedVmIds);
  const unexpected = vms.filter(({ vmId }) => vmId >= first && vmId <= last && !allocated.has(vmId));
  const ours = unexpected.filter(({ mark }) => mark?.installation === installation.toLowerCase());
  const theirs = unexpected
    .filter((vm) => !ours.includes(vm))
    .map(({ vmId, name, host }) => `${vmId} (${name} on ${host})`);
  const seen = new Set(vms.map(({ vmId }) => vmId));
  for (let vmId = first, probes = 0; vmId <= last && probes < PROBES; vmId += 1) {
    if (seen.has(vmId) || allocated.has(vmId)) continue;
    probes += 1;
    if (!(await locator.isFree(vmId))) theirs.push(`${vmId} (hidden from the token)`);
  }
  const range = `${first} to ${last}`;
  const complaints = [
    ...(theirs.length === 0
      ? []
      : [failed('vm-ids', `Foreign VMs hold ids of ${range}: ${list(theirs)}`, { count: theirs.length })]),
    ...(ours.length === 0
      ? []
      : [
          warning(
            'vm-ids',
            `VMs with our mark that nothing accounts for: ${list(ours.map(({ vmId }) => String(vmId)))}`,
            {
              vmIds: ours.slice(0, NAMED).map(({ vmId }) => vmId),
            },
          ),
        ]),
  ];
  return orPassed('vm-ids', complaints, `No foreign VM in ${range}`);
}

function list(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
