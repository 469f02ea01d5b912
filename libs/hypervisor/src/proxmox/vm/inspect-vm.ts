import { createHash } from 'node:crypto';
import type { VmRecord } from '@orion/contracts';
import { HypervisorError } from '../../hypervisor-error';
import type { VmRef } from '../../port';
import type { VmConfig } from '../config/vm-config';
import type { GuestAgent } from '../guest/guest-agent';
import type { VmLocator } from './locate-vm';
import type { VmSnapshots } from './snapshot-vm';
import type { VmApi } from './vm-api';
import { VmFirewall } from './vm-firewall';

/**
 * What a rollback does not bring back, or what differs between two equal states: the digest of the file, the generation id
 * (renewed by each rollback), the descent, the description (the present one is kept), leftovers of removed disks, and what a
 * running process writes. Source: recordings of Proxmox VE 9.1.9.
 */
const PASSING = /^(digest|vmgenid|parent|lock|description|meta|unused\d+|snaptime|vmstate|running.*|cipassword)$/;

/** Everything that a reset brings back of a VM that carries the expected mark, and what its guest says. */
export class VmInspector {
  private readonly firewall: VmFirewall;

  constructor(
    private readonly api: VmApi,
    private readonly locator: VmLocator,
    private readonly snapshots: VmSnapshots,
    private readonly guest: GuestAgent,
  ) {
    this.firewall = new VmFirewall(api);
  }

  async inspect(ref: VmRef, asksGuest: boolean): Promise<VmRecord> {
    const { place, config: values } = await this.locator.owned(ref);
    const status = await this.api.status(place);
    const snapshots = await this.snapshots.list(ref);
    const lock = values.lock ?? status.lock;
    // No key of a configuration is called so: its options stand in a file of their own, which no snapshot holds.
    const config = { ...lasting(values), firewall: await this.firewall.describe(place) };
    const { parentSnapshot } = values;
    return {
      host: place.host,
      state: status.state,
      ...(lock === undefined ? {} : { lock }),
      ...(parentSnapshot === undefined ? {} : { parentSnapshot }),
      snapshots: snapshots.map(({ name }) => name).sort(),
      config,
      configDigest: createHash('sha256').update(JSON.stringify(config)).digest('hex'),
      disks: values.disks.map(({ key, volume, bytes }) => ({
        device: key,
        volume,
        sizeMiB: Math.round(bytes / 2 ** 20),
      })),
      nics: values.nics.map(({ mac, bridge, vlanTag }) => ({
        mac: mac ?? '',
        bridge,
        ...(vlanTag === undefined ? {} : { vlanTag }),
      })),
      ...(asksGuest && { guest: await this.describeGuest(ref, status.state) }),
    };
  }

  private async describeGuest(ref: VmRef, state: VmRecord['state']): Promise<NonNullable<VmRecord['guest']>> {
    const silent = { answers: false, addresses: [] };
    if (state !== 'running') return silent;
    try {
      const described = await this.guest.describe(ref);
      return described === undefined ? silent : { answers: true, ...described };
    } catch (error) {
      if (error instanceof HypervisorError && error.code === 'guest.agent_not_configured') return silent;
      throw error;
    }
  }
}

/** With sorted keys, so that equal configurations have equal digests. */
function lasting(config: VmConfig): Readonly<Record<string, string>> {
  const keys = Object.keys(config.values).filter((key) => !PASSING.test(key));
  return Object.fromEntries(keys.sort().map((key) => [key, config.text(key) ?? '']));
}
