import { died } from '../http/pve-error';
import type { Vm } from './vm';

/** All VMs of the cluster. Ids are unique cluster-wide. */
export class Vms {
  private readonly byId = new Map<number, Vm>();
  private sorted: readonly Vm[] | undefined;

  add(vm: Vm): Vm {
    this.byId.set(vm.vmid, vm);
    this.sorted = undefined;
    return vm;
  }

  remove(vmid: number): void {
    this.byId.delete(vmid);
    this.sorted = undefined;
  }

  clear(): void {
    this.byId.clear();
    this.sorted = undefined;
  }

  find(vmid: number): Vm | undefined {
    return this.byId.get(vmid);
  }

  /** In the order of their ids. */
  list(): readonly Vm[] {
    this.sorted ??= [...this.byId.values()].sort((a, b) => a.vmid - b.vmid);
    return this.sorted;
  }

  on(host: string): Vm[] {
    return this.list().filter((vm) => vm.host === host);
  }

  onHost(host: string, vmid: number): Vm | undefined {
    const vm = this.byId.get(vmid);
    return vm?.host === host ? vm : undefined;
  }

  /** Fails as reading the configuration file of a VM that this host does not have. */
  load(host: string, vmid: number): Vm {
    const vm = this.onHost(host, vmid);
    if (vm === undefined) throw died(`Configuration file 'nodes/${host}/qemu-server/${vmid}.conf' does not exist`);
    return vm;
  }

  /** Fails as asking whether a VM runs that this host does not have. */
  checkPresent(host: string, vmid: number): Vm {
    const vm = this.onHost(host, vmid);
    if (vm === undefined) throw died(`unable to find configuration file for VM ${vmid} on node '${host}'`);
    return vm;
  }
}

/** Fails when the configuration carries a lock. */
export function checkLock(vm: Vm): void {
  const lock = vm.config['lock'];
  if (lock !== undefined) throw died(`VM is locked (${lock})`);
}
