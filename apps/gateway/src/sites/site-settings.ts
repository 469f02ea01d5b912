import { DomainError } from '@orion/domain';
import type { SiteSettings } from '@orion/persistence';

import type { ChangeSiteDto, CreateSiteDto } from './site.dto';

const DEFAULTS = {
  networkMode: 'vlan',
  bridge: null,
  sdnZone: null,
  pool: null,
  reservedNetworks: [],
  hostSlots: 4,
  storageSlots: 8,
  runningJobsLimit: 50,
  hostReservedMiB: 1_024,
  agentPublicKey: null,
} as const;

/** Settings of a new site, with what was left out. */
export function newSettings(request: CreateSiteDto): SiteSettings {
  return checked({ ...DEFAULTS, ...given(request) } as SiteSettings);
}

/** Settings with some replaced. */
export function changedSettings(current: SiteSettings, request: ChangeSiteDto): SiteSettings {
  return checked({ ...current, ...given(request) });
}

function given<T extends object>(request: T): Partial<T> {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function checked(settings: SiteSettings): SiteSettings {
  const problems = [
    ...(settings.vmIdFirst > settings.vmIdLast
      ? [{ pointer: '/vmIdLast', message: 'vmIdLast is below vmIdFirst' }]
      : []),
    ...(settings.vlanFirst > settings.vlanLast
      ? [{ pointer: '/vlanLast', message: 'vlanLast is below vlanFirst' }]
      : []),
    ...networkProblems(settings),
    ...settings.reservedNetworks.flatMap((cidr, index) =>
      isNetwork(cidr) ? [] : [{ pointer: `/reservedNetworks/${index}`, message: `${cidr} is no IPv4 network` }],
    ),
  ];
  if (problems[0]) throw new DomainError('request.invalid', `${problems[0].message}.`, { problems });
  return settings;
}

const LARGEST_VLAN = 4_094;

/** Each mode needs its own means. What the other one needs may stand beside it. */
function networkProblems({ networkMode, bridge, sdnZone, vlanFirst, vlanLast }: SiteSettings) {
  if (networkMode === 'sdn') {
    return sdnZone === null ? [{ pointer: '/sdnZone', message: 'sdnZone is missing in the mode sdn' }] : [];
  }
  return [
    ...(bridge === null ? [{ pointer: '/bridge', message: 'bridge is missing in the mode vlan' }] : []),
    ...(vlanFirst > LARGEST_VLAN ? [{ pointer: '/vlanFirst', message: 'vlanFirst is above 4094' }] : []),
    ...(vlanLast > LARGEST_VLAN ? [{ pointer: '/vlanLast', message: 'vlanLast is above 4094' }] : []),
  ];
}

/** Octets and prefix in bounds, and no host bits set. */
function isNetwork(cidr: string): boolean {
  const [address = '', prefixText = ''] = cidr.split('/');
  const octets = address.split('.').map(Number);
  const prefix = Number(prefixText);
  if (octets.some((octet) => octet > 255) || prefix > 32) return false;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return value % 2 ** (32 - prefix) === 0;
}
