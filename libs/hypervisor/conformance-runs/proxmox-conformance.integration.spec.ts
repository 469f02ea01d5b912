import { describeHypervisorConformance } from '../src/conformance';
import { aSimulatedSite } from './simulated-site';

describeHypervisorConformance('The Proxmox VE adapter, on release 9,', () => aSimulatedSite());

describeHypervisorConformance('The Proxmox VE adapter, on release 8.1,', () => aSimulatedSite({ pveVersion: '8.1.3' }));
