import type { SiteCheckSpec, SiteFinding } from '@orion/contracts';
import { isProxmoxFailure, type ProxmoxFailure } from '../errors/proxmox-failure';
import { listHosts } from '../inventory/list-hosts';
import { readHostStorages } from '../inventory/list-storages';
import type { VmInventory } from '../inventory/list-vms';
import type { ProxmoxOptions } from '../proxmox-options';
import type { ProxmoxClient } from '../transport/proxmox-client';
import type { SdnApi } from '../sdn/sdn-api';
import { isVersionAtLeast, type VersionReader } from '../version';
import type { VmLocator } from '../vm/locate-vm';
import { checkBridge } from './check-bridge';
import { checkFirewall, checkNetworks } from './check-networks';
import { checkPrivileges } from './check-privileges';
import { checkStorages, checkTemplates, type FoundTemplate } from './check-templates';
import { checkVmIds } from './check-vm-ids';
import { failed, passed } from './finding';
import { requiredPrivileges } from './required-privileges';

const OLDEST = [8, 0] as const;

/**
 * Looks at everything that a deploy needs and changes nothing. A check that cannot be made is a failed finding, never an
 * error: an operator asks because something is wrong.
 */
export class SiteDoctor {
  constructor(
    private readonly options: ProxmoxOptions,
    private readonly client: ProxmoxClient,
    private readonly version: VersionReader,
    private readonly locator: VmLocator,
    private readonly inventory: VmInventory,
    private readonly sdn: SdnApi,
  ) {}

  async examine(spec: SiteCheckSpec): Promise<readonly SiteFinding[]> {
    let version: string;
    try {
      version = await this.version.read();
    } catch (error) {
      if (isProxmoxFailure(error)) return this.unreached(error);
      throw error;
    }
    return [
      passed('reachable', `${this.options.url} answers`),
      passed('tls', this.trustedBy()),
      isVersionAtLeast(version, ...OLDEST)
        ? passed('version', `Proxmox VE ${version}`)
        : failed('version', `Proxmox VE ${version} is older than ${OLDEST.join('.')}`),
      ...(await this.examineCluster(spec, version)),
    ];
  }

  private async examineCluster(spec: SiteCheckSpec, version: string): Promise<readonly SiteFinding[]> {
    const hosts = (await listHosts(this.client)).filter(({ online }) => online).map(({ name }) => name);
    const templates = await this.findTemplates(spec);
    const required = requiredPrivileges({
      pool: spec.pool,
      templateVmIds: spec.templates.map(({ vmId }) => vmId),
      storages: [...new Set(spec.templates.map(({ storage }) => storage))],
      hosts,
      sdnZone: spec.sdn?.zone,
      guestAgentPrivilege: isVersionAtLeast(version, 9, 0) ? 'VM.GuestAgent.Unrestricted' : 'VM.Monitor',
    });
    const templateBridges = templates.flatMap(({ config }) => (config?.nics ?? []).map(({ bridge }) => bridge));
    const bridges = [...new Set([...(spec.bridge === undefined ? [] : [spec.bridge]), ...templateBridges])];
    return [
      ...(await this.attempt('privileges', () => checkPrivileges(this.client, required, bridges))),
      ...(await this.attempt('templates', () => Promise.resolve(checkTemplates(templates)))),
      ...(await this.attempt('storages', async () => checkStorages(templates, await readHostStorages(this.client)))),
      ...(await this.attempt('bridge', () => checkBridge(this.client, spec.bridge, hosts, templates))),
      ...(await this.attempt('networks', async () => [
        ...(spec.sdn === undefined ? [] : await checkNetworks(this.sdn, this.options.installation, spec.sdn, hosts)),
        ...(await checkFirewall(() => this.client.get('/cluster/firewall/options'))),
      ])),
      ...(await this.attempt('vm-ids', async () => {
        const vms = await this.inventory.list({ first: spec.vmIdFirst, last: spec.vmIdLast });
        return checkVmIds(this.locator, this.options.installation, spec, vms);
      })),
    ];
  }

  private async findTemplates(spec: SiteCheckSpec): Promise<readonly FoundTemplate[]> {
    const found: FoundTemplate[] = [];
    for (const template of spec.templates) {
      const located = await this.locator
        .locate(template.vmId, template.host)
        .catch(() => ({ kind: 'hidden' }) as const);
      const present = located.kind === 'present' ? located : undefined;
      found.push({ template, config: present?.config, host: present?.place.host ?? template.host });
    }
    return found;
  }

  private async attempt(
    check: SiteFinding['check'],
    examine: () => Promise<readonly SiteFinding[]>,
  ): Promise<readonly SiteFinding[]> {
    try {
      return await examine();
    } catch (error) {
      if (!isProxmoxFailure(error)) throw error;
      return [failed(check, `Could not be checked: ${error.message}`, { code: error.code })];
    }
  }

  private unreached(failure: ProxmoxFailure): readonly SiteFinding[] {
    const { url } = this.options;
    switch (failure.code) {
      case 'hypervisor.tls_untrusted':
        return [failed('tls', `The certificate of ${url} is not trusted: ${failure.evidence.text}`)];
      case 'hypervisor.unauthorized':
      case 'hypervisor.forbidden':
        return [
          passed('reachable', `${url} answers`),
          passed('tls', this.trustedBy()),
          failed('privileges', `The token is refused: ${failure.evidence.text}`),
        ];
      default:
        return [failed('reachable', `${url} does not answer: ${failure.evidence.text}`)];
    }
  }

  private trustedBy(): string {
    const by = [
      ...(this.options.caPem === undefined ? [] : ['the given authority']),
      ...(this.options.fingerprint === undefined ? [] : ['the given fingerprint']),
    ];
    return `The certificate is trusted by ${by.join(' and ') || "the system's authorities"}`;
  }
}
