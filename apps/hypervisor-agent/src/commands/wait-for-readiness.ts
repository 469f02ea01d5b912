import { setTimeout as delay } from 'node:timers/promises';
import type { CommandResults } from '@orion/contracts';
import { HypervisorError, type GuestInterface, type Hypervisor, type VmRef } from '@orion/hypervisor';
import { monotonicMs } from '@orion/runtime';
import { BootTimes } from './boot-times';
import { Slots } from './slots';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** Guests of one host that are asked at once: a silent one keeps a worker of the host busy for seconds. */
const LOOKS_PER_HOST = 2;
/** What is said of a guest that does not answer yet, or whose answer was lost. */
const SILENT = new Set(['guest.agent_unavailable', 'vm.not_running', 'hypervisor.unreachable']);

type Cards = readonly GuestInterface[];

/** Waits for guests to be ready, each first asked when one of its kind is known to answer. */
export class Readiness {
  readonly boots = new BootTimes();
  private readonly hosts = new Map<string, Slots>();

  /**
   * Waits until the guest agent answers, and reports the addresses that the guest shows; for a VM without one, until it
   * runs. Looks less and less often, up to once a second. Ends early when the signal aborts, or when the VM has stopped:
   * a guest that is off will never be ready.
   */
  async wait(
    hypervisor: Hypervisor,
    ref: VmRef,
    { guestAgent, kind }: { readonly guestAgent: boolean; readonly kind: string },
    signal: AbortSignal,
  ): Promise<CommandResults['vm.ready']> {
    const early = guestAgent ? await this.firstLook(hypervisor, ref, kind, signal) : undefined;
    if (early !== undefined) return addressesOf(early);
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.25, LONGEST_PAUSE_MS)) {
      const vm = await hypervisor.observeVm(ref.vmId, ref.host);
      if (vm === undefined) throw new HypervisorError('vm.not_found', 'permanent', `VM ${ref.vmId} does not exist.`);
      if (vm.state === 'stopped')
        throw new HypervisorError('vm.not_running', 'retryable', `VM ${ref.vmId} has stopped.`);
      if (!guestAgent && vm.state === 'running') return { addresses: [] };
      await delay(pause, undefined, { signal });
      if (!guestAgent) continue;
      const cards = await this.inTurn(ref.host, signal, () => this.look(hypervisor, ref, kind));
      if (cards !== undefined) return addressesOf(cards);
    }
  }

  /** What is learned while this one waits, for its time or for its turn, counts for it. */
  private async firstLook(
    hypervisor: Hypervisor,
    ref: VmRef,
    kind: string,
    signal: AbortSignal,
  ): Promise<Cards | undefined> {
    for (let looked = false; !looked;) {
      const early = this.boots.firstLook(ref.vmId, kind, monotonicMs()).at - monotonicMs();
      if (early > 0) await delay(early, undefined, { signal });
      const cards = await this.inTurn(ref.host, signal, async () => {
        const { at, probe } = this.boots.firstLook(ref.vmId, kind, monotonicMs());
        if (at > monotonicMs()) return undefined;
        if (probe) this.boots.probing(kind);
        looked = true;
        return this.look(hypervisor, ref, kind);
      });
      if (cards !== undefined) return cards;
    }
    return undefined;
  }

  /** Asks for the guest's cards at once: an agent that can tell them is there, and asking for less first costs a call more. */
  private async look(hypervisor: Hypervisor, ref: VmRef, kind: string): Promise<Cards | undefined> {
    const lookedAt = monotonicMs();
    let cards: Cards | undefined;
    try {
      cards = await hypervisor.guestInterfaces(ref);
      return cards;
    } catch (error) {
      if (error instanceof HypervisorError && SILENT.has(error.code)) return undefined;
      throw error;
    } finally {
      this.boots.looked(ref.vmId, kind, lookedAt, cards !== undefined);
    }
  }

  private inTurn<T>(host: string, signal: AbortSignal, look: () => Promise<T>): Promise<T> {
    const slots = this.hosts.get(host) ?? new Slots(LOOKS_PER_HOST);
    this.hosts.set(host, slots);
    return slots.run(look, signal);
  }
}

function addressesOf(cards: Cards): CommandResults['vm.ready'] {
  const others = cards.filter(({ name }) => name !== 'lo');
  return {
    addresses: others.flatMap(({ addresses }) => addresses),
    interfaces: others.flatMap(({ mac, addresses }) => (mac === undefined ? [] : [{ mac, addresses }])),
  };
}
