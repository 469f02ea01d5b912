import type { SimulatedTime } from '../timing/time';
import { cpusOf, disksOf, isTemplate, memoryMiB, nameOf, statusOf, type Vm } from '../vms/vm';
import type { Vms } from '../vms/vms';
import { usageOf } from './usage';

/** The figures that the status daemon of each host publishes to the cluster. */
interface Published {
  readonly name: string;
  readonly status: string;
  readonly template: number;
  readonly maxcpu: number;
  readonly maxmem: number;
  readonly maxdisk: number;
  readonly cpu: number;
  readonly mem: number;
  readonly uptime: number;
}

/** What `/cluster/resources` knows of VMs: a picture that is renewed every ten simulated seconds. */
export class Publication {
  private picture = new Map<number, Published>();
  private nextAt = 0;

  constructor(
    private readonly vms: Vms,
    private readonly time: SimulatedTime,
    private readonly intervalMs: number,
  ) {}

  of(vmid: number): Published | undefined {
    if (this.time.now() >= this.nextAt) this.renew();
    return this.picture.get(vmid);
  }

  /** Keeps the present picture for the given simulated time. */
  freeze(milliseconds: number): void {
    this.of(0);
    this.nextAt = this.time.now() + this.time.scaled(milliseconds);
  }

  /** Publishes at once, as at the start of the daemon. */
  renew(): void {
    const now = this.time.now();
    this.picture = new Map(this.vms.list().map((vm) => [vm.vmid, published(vm, now)]));
    this.nextAt = now + this.time.scaled(this.intervalMs);
  }
}

function published(vm: Vm, now: number): Published {
  return {
    name: nameOf(vm),
    status: statusOf(vm),
    template: isTemplate(vm) ? 1 : 0,
    maxcpu: cpusOf(vm.config),
    maxmem: memoryMiB(vm.config) * 1048576,
    maxdisk: disksOf(vm.config).find((disk) => !disk.isCdrom)?.sizeBytes ?? 0,
    ...usageOf(vm, now),
  };
}
