import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterSpec } from '@orion/pve-simulator';
import { RestClient } from '@orion/rest-client';
import { spawnService } from '@orion/testing';

export const ROOT = join(__dirname, '../../../..');
const TOKEN = { id: 'orion@pve!range', secret: '6f2f5c0e-9d36-4a55-8d0e-0c6f6a3b7d11' };
/** Of a user whom nobody has allowed anything. */
export const UNPRIVILEGED_TOKEN = `somebody@pve!else=${TOKEN.secret}`;
/** Names that are nobody's defaults, so that each option of the demo is needed. */
const NAMES: Readonly<Record<string, string>> = {
  POOL: 'cyber',
  TEMPLATES: 'golden',
  TEMPLATE: '9100',
  STORAGE: 'fast-lvm',
  BRIDGE: 'vmbr7',
};

/** A cluster that runs apart and knows nothing of Orion Range but a token, made as docs/guides/connecting-proxmox.md says. */
export interface ForeignCluster {
  /** The variables that point the demo at it. */
  readonly site: Readonly<Record<string, string>>;
  /** All VMs with their whole configuration. */
  vms(): Promise<readonly unknown[]>;
  /** How often anything was changed since its start. */
  changes(): Promise<number>;
}

export async function startForeignCluster(dir: string): Promise<ForeignCluster> {
  const specFile = join(dir, 'cluster.json');
  const caFile = join(dir, 'ca.pem');
  await writeFile(specFile, JSON.stringify(clusterSpec()));
  const { urls } = await spawnService(join(ROOT, 'apps/pve-simulator/dist/main.js'), {
    env: { SIM_SPEC_FILE: specFile, SIM_CA_FILE: caFile, SIM_FACTOR: '0.02' },
  });
  const admin = new RestClient(urls['admin'] ?? '', '');
  await admin.post('/vms', { vmid: 100, host: 'rack1', config: { name: 'accounting' }, status: 'running' });
  return {
    site: {
      SITE_URL: urls['api'] ?? '',
      SITE_TOKEN: `${TOKEN.id}=${TOKEN.secret}`,
      SITE_CA: caFile,
      SITE_TEMPLATE: named('$TEMPLATE'),
      SITE_TEMPLATE_HOST: 'rack2',
      SITE_STORAGE: named('$STORAGE'),
      SITE_BRIDGE: named('$BRIDGE'),
      SITE_POOL: named('$POOL'),
    },
    vms: () => admin.get('/vms'),
    changes: async () => {
      const counters = await admin.get<Readonly<Record<string, number>>>('/counters');
      return Object.values(counters).reduce((sum, count) => sum + count, 0);
    },
  };
}

function clusterSpec(): ClusterSpec {
  const page = readFileSync(join(ROOT, 'docs/guides/connecting-proxmox.md'), 'utf8');
  const roles = [...page.matchAll(/^pveum role add (\S+) --privs "([^"]+)"$/gm)];
  const entries = [...page.matchAll(/^ +pveum acl modify (\S+) --roles (\S+) \$who$/gm)];
  return {
    hosts: ['rack1', 'rack2'].map((name) => ({
      name,
      memoryMiB: 32_768,
      cpus: 8,
      bridges: ['vmbr0', { name: named('$BRIDGE'), vlanAware: true }],
    })),
    storages: [{ name: named('$STORAGE'), type: 'lvmthin', capacityGiB: 500 }],
    templates: [
      {
        vmid: Number(named('$TEMPLATE')),
        name: 'tiny-debian',
        os: 'linux',
        host: 'rack2',
        storage: named('$STORAGE'),
        memoryMiB: 512,
        cores: 1,
        diskGiB: 2,
        nics: [{ bridge: named('$BRIDGE') }],
        agent: true,
        cloudInit: true,
        pool: named('$TEMPLATES'),
      },
    ],
    pools: [named('$POOL'), named('$TEMPLATES')],
    users: [{ id: 'orion@pve' }, { id: 'somebody@pve' }],
    tokens: [TOKEN, { ...TOKEN, id: 'somebody@pve!else' }],
    roles: Object.fromEntries(roles.map(([, role = '', privileges = '']) => [role, privileges.split(' ')])),
    acls: ['orion@pve', TOKEN.id].flatMap((who) =>
      entries.map(([, path = '', role = '']) => ({ path: named(path), role, who })),
    ),
  };
}

/** Puts in the names that an administrator chose. */
function named(text: string): string {
  return text.replace(/\$([A-Z]+)/g, (_, name: string) => NAMES[name] ?? '');
}
