import type { ConfigureSpec, NicSpec } from '@orion/contracts';
import { decodeSshKeys, encodeSshKeys } from '../transport/form-encoding';
import { changedNic } from './nic';
import { formatProperties, parseProperties, sameProperties } from './property-string';
import type { VmConfig } from './vm-config';

/** What must be written to make a configuration what a specification says. */
export interface ConfigDifference {
  readonly set: Readonly<Record<string, string | number>>;
  readonly remove: readonly string[];
}

const DEFAULT_MODEL = 'virtio';

/** Empty when the configuration is as it should be. What the specification does not speak of is left alone. */
export function configDifference(config: VmConfig, spec: ConfigureSpec): ConfigDifference {
  const set: Record<string, string | number> = {};
  const remove: string[] = [];
  if (config.name !== spec.name) set['name'] = spec.name;
  // PVE cuts blanks and newlines at the end of a description.
  if ((config.description ?? '').trimEnd() !== spec.description.trimEnd()) set['description'] = spec.description;
  if (config.memoryMiB !== spec.memoryMiB) set['memory'] = spec.memoryMiB;
  differInCpus(config, spec, set, remove);
  differInAgent(config, spec, set);
  differInNics(config, spec.nics, set, remove);
  if (config.hasCloudInitDrive) differInCloudInit(config, spec, set, remove);
  return { set, remove };
}

export function isEmpty(difference: ConfigDifference): boolean {
  return Object.keys(difference.set).length === 0 && difference.remove.length === 0;
}

type Changes = Record<string, string | number>;

function differInCpus(config: VmConfig, spec: ConfigureSpec, set: Changes, remove: string[]): void {
  if ((config.text('cores') ?? '1') !== String(spec.cpus)) set['cores'] = spec.cpus;
  if ((config.text('sockets') ?? '1') !== '1') set['sockets'] = 1;
  if (config.text('vcpus') !== undefined) remove.push('vcpus');
}

/** The side settings of the agent, as `fstrim_cloned_disks`, stay. An agent that is not asked for does no harm. */
function differInAgent(config: VmConfig, spec: ConfigureSpec, set: Changes): void {
  if (!spec.guestAgent || config.agentEnabled) return;
  const agent = new Map(parseProperties(config.text('agent') ?? '', 'enabled'));
  set['agent'] = formatProperties(new Map([['enabled', '1'], ...[...agent].filter(([key]) => key !== 'enabled')]));
}

function differInNics(config: VmConfig, nics: readonly NicSpec[], set: Changes, remove: string[]): void {
  const model = config.nics[0]?.model ?? DEFAULT_MODEL;
  nics.forEach((nic, index) => {
    const value = changedNic(config.netValues.get(index), nic, model);
    if (value !== undefined) set[`net${index}`] = value;
  });
  for (const index of config.netValues.keys()) if (index >= nics.length) remove.push(`net${index}`);
}

function differInCloudInit(config: VmConfig, spec: ConfigureSpec, set: Changes, remove: string[]): void {
  spec.nics.forEach((nic, index) => {
    const wanted = ipConfig(nic);
    const present = config.text(`ipconfig${index}`);
    const same = present !== undefined && sameProperties(parseProperties(present), parseProperties(wanted));
    if (!same) set[`ipconfig${index}`] = wanted;
  });
  for (const key of Object.keys(config.values)) {
    const index = /^ipconfig(\d+)$/.exec(key)?.[1];
    if (index !== undefined && Number(index) >= spec.nics.length) remove.push(key);
  }
  const { user, sshKeys } = spec.cloudInit ?? {};
  if (user !== undefined && config.text('ciuser') !== user) set['ciuser'] = user;
  if (sshKeys === undefined) return;
  const present = decodeSshKeys(config.text('sshkeys') ?? '');
  const wanted = decodeSshKeys(encodeSshKeys(sshKeys));
  if (present.join('\n') === wanted.join('\n')) return;
  if (wanted.length === 0) remove.push('sshkeys');
  else set['sshkeys'] = encodeSshKeys(wanted);
}

function ipConfig({ address, gateway }: NicSpec): string {
  const six = address.includes(':') ? '6' : '';
  return gateway === undefined ? `ip${six}=${address}` : `ip${six}=${address},gw${six}=${gateway}`;
}
