import type { HostFacts } from '@orion/contracts';
import { asAnswers, numberOf, textOf } from '../transport/answer';
import type { ProxmoxClient } from '../transport/proxmox-client';

const MIB = 2 ** 20;

/** The hosts by name. Without Sys.Audit a host shows no figures: it counts as one without CPUs and memory. */
export async function listHosts(client: ProxmoxClient): Promise<readonly HostFacts[]> {
  const hosts = asAnswers(await client.get('/nodes'));
  return hosts
    .map((host) => {
      const memory = numberOf(host, 'maxmem') ?? 0;
      return {
        name: textOf(host, 'node') ?? '',
        online: textOf(host, 'status') === 'online',
        cpus: numberOf(host, 'maxcpu') ?? 0,
        memoryMiB: Math.floor(memory / MIB),
        memoryFreeMiB: Math.max(0, Math.floor((memory - (numberOf(host, 'mem') ?? 0)) / MIB)),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
