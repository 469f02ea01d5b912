import { memoryMiB, type Vm } from '../vms/vm';

/** Load of one VM: busy while it boots, nearly idle afterwards. `cpu` is a fraction of its own processors. */
export function usageOf(vm: Vm, now: number): { cpu: number; mem: number; uptime: number } {
  if (vm.running === undefined) return { cpu: 0, mem: 0, uptime: 0 };
  const booting = now < vm.running.bootedAt;
  const share = booting ? 0.35 : 0.6;
  return {
    cpu: vm.running.paused ? 0 : booting ? 0.9 : 0.02 + (vm.vmid % 7) / 100,
    mem: Math.floor(memoryMiB(vm.config) * 1048576 * share),
    uptime: Math.floor((now - vm.running.startedAt) / 1000),
  };
}
