import type { SiteCheckSpec, SiteFinding } from '@orion/contracts';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import { asAnswer, flagOf } from '../transport/answer';
import type { SdnApi, Zone } from '../sdn/sdn-api';
import { failed, orPassed, warning } from './finding';

type SdnSpec = NonNullable<SiteCheckSpec['sdn']>;

/** Kinds of zone whose VNets reach every host and lead nowhere else, with the largest tag that each takes. */
const LARGEST_TAG: Readonly<Record<string, number>> = { vxlan: 16_777_215, vlan: 4_094, qinq: 4_094 };
const NAMED = 20;

/** The zone that VNets of ranges are made in: there, of a kind that isolates, on every host, and with room for its tags. */
export async function checkNetworks(
  api: SdnApi,
  installation: string,
  spec: SdnSpec,
  hosts: readonly string[],
): Promise<readonly SiteFinding[]> {
  const zones = await api.zones();
  const zone = zones.find(({ name }) => name === spec.zone);
  if (zone === undefined) {
    const detail = `There is no zone ${spec.zone}, or the token may not see it (SDN.Audit on /sdn/zones/${spec.zone})`;
    return [failed('networks', detail, { zone: spec.zone })];
  }
  const complaints = [
    ...complaintsAboutZone(zone, spec),
    ...(await complaintsAboutHosts(api, spec.zone, hosts)),
    ...(await complaintsAboutVnets(api, installation, spec, zones)),
  ];
  return orPassed('networks', complaints, `The ${zone.type} zone ${zone.name} is there on ${hosts.length} hosts`);
}

function complaintsAboutZone({ name, type, state }: Zone, { tagLast }: SdnSpec): readonly SiteFinding[] {
  const facts = { zone: name, type };
  const largest = LARGEST_TAG[type];
  if (largest === undefined) {
    const kinds = Object.keys(LARGEST_TAG).join(', ');
    return [failed('networks', `Zone ${name} is of type ${type}; networks of ranges need one of ${kinds}`, facts)];
  }
  return [
    ...(state === 'applied' ? [] : [failed('networks', `Zone ${name} is ${state}, which was never applied`, facts)]),
    ...(tagLast <= largest
      ? []
      : [
          failed(
            'networks',
            `Tags up to ${tagLast} do not fit into the ${type} zone ${name}: ${largest} at most`,
            facts,
          ),
        ]),
  ];
}

async function complaintsAboutHosts(
  api: SdnApi,
  zone: string,
  hosts: readonly string[],
): Promise<readonly SiteFinding[]> {
  const complaints: SiteFinding[] = [];
  for (const host of hosts) {
    const status = (await api.zonesOnHost(host)).get(zone);
    if (status === 'available') continue;
    complaints.push(failed('networks', `Zone ${zone} is ${status ?? 'missing'} on ${host}`, { zone, host }));
  }
  return complaints;
}

async function complaintsAboutVnets(
  api: SdnApi,
  installation: string,
  { zone, tagFirst, tagLast }: SdnSpec,
  zones: readonly Zone[],
): Promise<readonly SiteFinding[]> {
  const vnets = await api.vnets();
  const foreign = vnets.filter(({ mark }) => mark?.installation !== installation.toLowerCase());
  const inPool = foreign
    .filter((vnet) => vnet.zone === zone && vnet.tag !== undefined && vnet.tag >= tagFirst && vnet.tag <= tagLast)
    .map(({ name, tag }) => `${name} (${tag})`);
  const pending = [
    ...zones.filter(({ state }) => state !== 'applied').map(({ name }) => `zone ${name}`),
    ...foreign.filter(({ state }) => state !== 'applied').map(({ name }) => `VNet ${name}`),
  ];
  return [
    ...(inPool.length === 0
      ? []
      : [
          warning(
            'networks',
            `VNets of somebody else have tags of the pool ${tagFirst} to ${tagLast}, which ranges do not get: ${list(inPool)}`,
            { zone, count: inPool.length },
          ),
        ]),
    ...(pending.length === 0
      ? []
      : [
          warning(
            'networks',
            `Changes of somebody else wait to be applied; until then no network is made: ${list(pending)}`,
            { count: pending.length },
          ),
        ]),
  ];
}

/** The filter on MACs is stored with each VM, but hosts look at it only when the firewall of the cluster is on. */
export async function checkFirewall(readOptions: () => Promise<unknown>): Promise<readonly SiteFinding[]> {
  let enabled: boolean;
  try {
    enabled = flagOf(asAnswer(await readOptions()), 'enable');
  } catch (error) {
    // A token with the least privileges may not ask.
    if (isProxmoxFailure(error) && error.code === 'hypervisor.forbidden') return [];
    throw error;
  }
  if (enabled) return [];
  const detail = 'The firewall of the cluster is off, so guests are not kept from sending with MACs of others';
  return [warning('networks', detail)];
}

function list(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
