import { defaultCluster, withSdnZone } from '../../../apps/pve-simulator/src';
import { describeHypervisorConformance } from '../src/conformance';
import { aSimulatedSite, type SimulatedSite } from './simulated-site';

const aSite = (major: number, pveVersion: string): Promise<SimulatedSite> =>
  aSimulatedSite({ pveVersion, spec: withSdnZone(defaultCluster(major), { zone: 'ranges', type: 'vxlan' }) });

describeHypervisorConformance('The Proxmox VE adapter, on release 9,', () => aSite(9, '9.1.9'));

describeHypervisorConformance('The Proxmox VE adapter, on release 8.1,', () => aSite(8, '8.1.3'));
