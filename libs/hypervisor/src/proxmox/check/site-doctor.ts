import type { SiteCheckSpec, SiteFinding } from '@orion/contracts';
import type { ProxmoxOptions } from '../proxmox-options';
import type { ProxmoxClient } from '../transport/proxmox-client';
import { isVersionAtLeast, type VersionReader } from '../version';

/** Looks at everything a deploy needs. */
export class SiteDoctor {
  constructor(
    private readonly options: ProxmoxOptions,
    private readonly client: ProxmoxClient,
    private readonly version: VersionReader,
  ) {}

  async examine(_spec: SiteCheckSpec): Promise<readonly SiteFinding[]> {
    const version = await this.version.read();
    return [
      { check: 'reachable', status: 'passed', detail: this.options.url },
      {
        check: 'version',
        status: isVersionAtLeast(version, 8, 0) ? 'passed' : 'failed',
        detail: `Proxmox VE ${version}`,
        facts: { calls: this.client.settings.concurrency.calls },
      },
    ];
  }
}
