import type { SiteCapacityRow, SiteRow, SiteTemplate } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { without } from '../http/without';
import { Id, named, Nullable, OneOf, Time } from '../openapi/answers';
import { AGENT_STATES, agentStateOf } from './agent-state';

const site = {
  id: Id(),
  name: Type.String(),
  networkMode: OneOf(['vlan', 'sdn'] as const, 'Tags on a bridge, or VNets of a zone.'),
  bridge: Nullable(Type.String(), 'Of the mode `vlan`.'),
  sdnZone: Nullable(Type.String(), 'Of the mode `sdn`.'),
  pool: Nullable(Type.String()),
  vmIdFirst: Type.Integer(),
  vmIdLast: Type.Integer(),
  vlanFirst: Type.Integer(),
  vlanLast: Type.Integer(),
  reservedNetworks: Type.Array(Type.String()),
  hostSlots: Type.Integer(),
  storageSlots: Type.Integer(),
  runningJobsLimit: Type.Integer(),
  hostReservedMiB: Type.Integer(),
  agentPublicKey: Nullable(Type.String()),
  createdAt: Time(),
  agent: Type.Object({
    state: OneOf(
      AGENT_STATES,
      'Suspect: three heartbeats are missing, nothing new is sent. Offline: for more than 30 s.',
    ),
    generation: Type.Integer({ description: 'Rises with each registration; 0: never registered.' }),
    version: Nullable(Type.String()),
    adapter: Nullable(Type.String()),
    commandKinds: Type.Array(Type.String()),
    freeSlots: Nullable(Type.Integer()),
    heartbeatAgeMs: Nullable(Type.Integer()),
    hypervisorVersion: Nullable(Type.String()),
    hypervisorAnswerAgeMs: Nullable(Type.Integer()),
  }),
  inventoryAgeMs: Nullable(Type.Integer(), 'How old the picture is that plans and capacity rest on.'),
};
export const SiteView = named('Site', Type.Object(site));
export type SiteView = Static<typeof SiteView>;

export const SiteDetailView = named(
  'SiteDetail',
  Type.Object({
    ...site,
    capacity: Type.Object({
      cpus: Type.Integer(),
      memoryMiB: Type.Integer(),
      memoryFreeMiB: Type.Integer(),
      hosts: Type.Array(
        Type.Object({
          name: Type.String(),
          online: Type.Boolean(),
          cpus: Type.Integer(),
          memoryMiB: Type.Integer(),
          memoryFreeMiB: Type.Integer(),
        }),
      ),
      storages: Type.Array(
        Type.Object({
          name: Type.String(),
          shared: Type.Boolean(),
          hosts: Type.Array(Type.String()),
          totalGiB: Type.Integer(),
          freeGiB: Type.Integer(),
          snapshots: Type.Boolean(),
          linkedClones: Type.Boolean(),
          newestOnly: Type.Boolean({ description: 'A disk on it rolls back to its newest snapshot only.' }),
        }),
      ),
    }),
  }),
);
export type SiteDetailView = Static<typeof SiteDetailView>;

named(
  'Template',
  Type.Object({
    name: Type.String(),
    vmId: Type.Integer(),
    host: Type.String(),
    storage: Type.String(),
    shared: Type.Boolean(),
    os: OneOf(['linux', 'windows', 'other'] as const),
    guestAgent: Type.Boolean(),
    memoryMiB: Type.Integer(),
    diskGiB: Type.Integer(),
  }),
);
export const TemplatesView = named(
  'Templates',
  Type.Object({ templates: Type.Array(Type.Unsafe<SiteTemplate>({ $ref: '#/components/schemas/Template' })) }),
);
export type TemplatesView = Static<typeof TemplatesView>;

export const GrantView = named(
  'Grant',
  Type.Object({ siteId: Id(), tenantId: Id(), tenantName: Type.String(), createdAt: Time() }),
);
export type GrantView = Static<typeof GrantView>;

export function siteView(site: SiteRow): SiteView {
  const { agent, inventoryAgeMs, ...row } = without(site, 'version');
  return {
    ...row,
    reservedNetworks: [...row.reservedNetworks],
    createdAt: row.createdAt.toISOString(),
    agent: {
      state: agentStateOf(agent?.silentMs ?? null),
      generation: agent?.generation ?? 0,
      version: agent?.version ?? null,
      adapter: agent?.adapter ?? null,
      commandKinds: [...(agent?.commandKinds ?? [])],
      freeSlots: agent?.freeSlots ?? null,
      heartbeatAgeMs: agent?.silentMs ?? null,
      hypervisorVersion: agent?.hypervisorVersion ?? null,
      hypervisorAnswerAgeMs: agent?.hypervisorSilentMs ?? null,
    },
    inventoryAgeMs: inventoryAgeMs === null ? null : Math.round(inventoryAgeMs),
  };
}

export function siteDetailView(row: SiteRow, { hosts, storages }: SiteCapacityRow): SiteDetailView {
  const online = hosts.filter((host) => host.online);
  const sum = (value: 'cpus' | 'memoryMiB' | 'memoryFreeMiB') => online.reduce((total, host) => total + host[value], 0);
  return {
    ...siteView(row),
    capacity: {
      cpus: sum('cpus'),
      memoryMiB: sum('memoryMiB'),
      memoryFreeMiB: sum('memoryFreeMiB'),
      hosts: [...hosts],
      storages: storages.map((storage) => ({ ...storage, hosts: [...storage.hosts] })),
    },
  };
}
