import { randomUUID } from 'node:crypto';

import { assertNone, poolRefusal } from '@orion/domain';
import type { NodeRow, SitePicture } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import type { NodeSpec } from './node-spec';

/**
 * The clones by which a check proves the templates of its site, where it was asked to: one of each copy on a host that is
 * online. They have ids of the site's range, held in the name of the job until that ends, and no rows: they last for one
 * step. `vmid.pool_exhausted` when there are too few. The caller holds the site's planning lock.
 */
export async function templateClones(
  { job, allocations }: Pick<JobWork, 'job' | 'allocations'>,
  site: SitePicture,
): Promise<readonly NodeRow<NodeSpec>[]> {
  if (job.params['templates'] !== 'boot') return [];
  const online = new Set(site.hosts.filter((host) => host.online).map(({ name }) => name));
  const copies = site.templates.filter(({ host }) => online.has(host));
  const holder = { siteId: job.siteId, tenantId: job.tenantId, rangeId: job.id };
  const ids = await allocations.takeVmIds(holder, copies.length);
  assertNone([poolRefusal('vmid.pool_exhausted', 'VM ids', copies.length, ids.length)]);
  return copies.map((copy, ordinal) => {
    const storage = site.storages.find(({ name, hosts }) => name === copy.storage && hosts.includes(copy.host));
    return {
      id: randomUUID(),
      ordinal,
      name: `template-${copy.vmId}`,
      state: 'planned',
      host: copy.host,
      storage: copy.storage,
      vmId: ids[ordinal] as number,
      memoryMiB: copy.memoryMiB,
      interfaces: [],
      spec: {
        template: copy.name,
        templateVmId: copy.vmId,
        templateHost: copy.host,
        mode: storage?.linkedClones === true ? 'linked' : 'full',
        storageShared: copy.shared,
        os: copy.os,
        cpus: 1,
        guestAgent: copy.guestAgent,
        dependsOn: [],
        readiness: { guestAgent: copy.guestAgent, timeoutMs: 0 },
      },
    };
  });
}
