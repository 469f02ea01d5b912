import type { VmObservation } from '../../port';
import type { VmConfig } from '../config/vm-config';
import type { VmPlace, VmStatus } from './vm-api';

/** What is known of a VM from its configuration and status. */
export function observationOf(place: VmPlace, config: VmConfig, status: VmStatus): VmObservation {
  const { mark, parentSnapshot } = config;
  const lock = config.lock ?? status.lock;
  return {
    vmId: place.vmId,
    host: place.host,
    name: config.name,
    state: status.state,
    template: config.template,
    ...(lock === undefined ? {} : { lock }),
    ...(mark === undefined ? {} : { mark }),
    memoryMiB: config.memoryMiB,
    nics: nicFacts(config),
    configDigest: config.digest,
    cpus: config.cpus,
    macs: config.nics.flatMap(({ mac }) => mac ?? []),
    ...(parentSnapshot === undefined ? {} : { parentSnapshot }),
  };
}

export function nicFacts(config: VmConfig): VmObservation['nics'] {
  return config.nics.map(({ bridge, vlanTag }) => ({ bridge, ...(vlanTag === undefined ? {} : { vlanTag }) }));
}
