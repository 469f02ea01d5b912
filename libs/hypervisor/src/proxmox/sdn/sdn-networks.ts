import { setTimeout as delay } from 'node:timers/promises';
import type { NetworkTarget, VnetMark } from '@orion/contracts';
import { HypervisorError } from '../../hypervisor-error';
import type { NetworkSpec, Operation } from '../../port';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import type { ProxmoxSettings } from '../proxmox-options';
import { cancelled, OperationScope } from '../tasks/operation-scope';
import type { VmTaskRunner } from '../vm/run-vm-task';
import { NetworkBatches, type Failure, type Outcomes } from './network-batches';
import type { NicsOnVnets } from './nics-on-vnets';
import type { SdnApi, Vnet } from './sdn-api';
import { sameVnetMark } from './vnet-mark';

/** A network that somebody waits for. */
interface Request {
  readonly wish: 'there' | 'gone';
  readonly vnet: string;
  readonly tag: number;
  readonly zone: string;
  readonly mark: VnetMark;
  /** Hosts that must have the VNet. */
  readonly hosts: readonly string[];
  readonly scope: OperationScope;
}

/** How long a host may take to show what was applied to it, milliseconds. */
const LONGEST_SETTLE_MS = 1_500;

/**
 * Networks that are VNets of a zone. Changes of many ranges are made and applied together, one apply at a time, because an
 * apply makes every host reload its network and two at once get in each other's way. A task that says OK hides hosts that
 * failed, so each host that is to carry a network is asked for it. A VNet without the mark of the network is never touched.
 */
export class SdnNetworks {
  private readonly batches: NetworkBatches<Request>;

  constructor(
    private readonly api: SdnApi,
    private readonly nics: NicsOnVnets,
    private readonly runner: VmTaskRunner,
    private readonly installation: string,
    private readonly settings: ProxmoxSettings,
  ) {
    this.batches = new NetworkBatches(settings.networks.gatherMs, (requests) => this.perform(requests));
  }

  ensure(spec: NetworkSpec, operation: Operation): Promise<void> {
    return this.change('there', spec, spec.hosts, operation);
  }

  remove(spec: NetworkTarget, operation: Operation): Promise<void> {
    return this.change('gone', spec, [], operation);
  }

  private async change(
    wish: Request['wish'],
    { name, bridge, vlanTag, sdn }: NetworkTarget,
    hosts: readonly string[],
    operation: Operation,
  ): Promise<void> {
    if (sdn === undefined) throw new Error(`The network ${name} is no VNet.`);
    const scope = new OperationScope(`${wish === 'there' ? 'make' : 'remove'} network ${name} (${bridge})`, operation);
    scope.check();
    await this.runner.resume(scope);
    const mark = { installation: this.installation, rangeId: sdn.rangeId, network: name };
    await this.batches.add({ wish, vnet: bridge, tag: vlanTag, zone: sdn.zone, mark, hosts, scope });
  }

  private async perform(requests: readonly Request[]): Promise<Outcomes> {
    const outcomes: (Failure | undefined)[] = requests.map(() => undefined);
    const open = new Set(requests.keys());
    const each = async (work: (request: Request) => Promise<boolean>): Promise<void> => {
      for (const index of [...open]) {
        try {
          // What is false needs nothing more.
          if (!(await work(requests[index] as Request))) open.delete(index);
        } catch (error) {
          outcomes[index] = { error };
          open.delete(index);
        }
      }
    };
    const present = new Map((await this.api.vnets()).map((vnet) => [vnet.name, vnet]));
    await each((request) => Promise.resolve().then(() => needed(request, present.get(request.vnet))));
    if (open.size === 0) return outcomes;

    const settled = await this.settledOn(
      [...open].map((index) => requests[index] as Request),
      present,
    );
    await each((request) => Promise.resolve(!settled(request)));
    if (open.size === 0) return outcomes;

    await this.refuseForeignChanges([...present.values()]);
    const inUse = await this.nics.on(removals([...open].map((index) => requests[index] as Request)));
    await each(async (request) => {
      const vms = inUse.get(request.vnet) ?? [];
      if (request.wish === 'gone' && vms.length > 0) throw inUseBy(request, vms);
      await this.configure(request, present.get(request.vnet));
      return true;
    });
    if (open.size === 0) return outcomes;

    const changing = [...open].map((index) => requests[index] as Request);
    const failure = await this.apply(changing);
    const verdict = await this.verify(changing);
    for (const index of open) {
      const missing = verdict.get(requests[index] as Request);
      if (missing !== undefined) outcomes[index] = failure ?? { error: missing };
    }
    return outcomes;
  }

  /** Whether hosts have the networks already, as after a repetition. Not asked when an apply is due in any case. */
  private async settledOn(
    requests: readonly Request[],
    present: ReadonlyMap<string, Vnet>,
  ): Promise<(request: Request) => boolean> {
    const isApplied = ({ wish, vnet }: Request): boolean => wish === 'there' && present.get(vnet)?.state === 'applied';
    if (!requests.every(isApplied)) return () => false;
    const missing = await this.missing(requests, present);
    return (request) => missing.get(request) === undefined;
  }

  /** An apply makes every pending change true. One that is not ours is its author's to apply. */
  private async refuseForeignChanges(vnets: readonly Vnet[]): Promise<void> {
    const zones = await this.api.zones();
    const names = [
      ...zones.filter(({ state }) => state !== 'applied').map(({ name }) => `zone ${name}`),
      ...vnets
        .filter(({ state, mark }) => state !== 'applied' && mark?.installation !== this.installation.toLowerCase())
        .map(({ name }) => `VNet ${name}`),
    ];
    if (names.length === 0) return;
    const detail = `Changes of somebody else wait to be applied, and would be applied with ours: ${names.join(', ')}`;
    throw new HypervisorError('network.changes_pending', 'conflict', detail, { objects: names });
  }

  /** Brings the configuration to what is asked for. Nothing of it counts before it is applied. */
  private async configure(request: Request, found: Vnet | undefined): Promise<void> {
    const { wish, vnet, zone, tag, mark, scope } = request;
    if (wish === 'gone' ? found?.state === 'deleted' : found !== undefined && found.state !== 'deleted') {
      await scope.intend(`apply VNet ${vnet}`);
      return;
    }
    await scope.intend(`${wish === 'gone' ? 'delete' : 'create'} VNet ${vnet}`);
    try {
      await (wish === 'gone' ? this.api.delete(vnet) : this.api.create({ name: vnet, zone, tag, mark }));
    } catch (error) {
      if (!isProxmoxFailure(error)) throw error;
      // Judged by what is there: the call may have been executed, or somebody else was quicker.
      const now = (await this.api.vnets()).find(({ name }) => name === vnet);
      const isDone =
        wish === 'gone'
          ? now === undefined || now.state === 'deleted'
          : isAsAsked(request, now) && now?.state !== 'deleted';
      if (!isDone) throw error;
    }
  }

  /** Applies once for all; returns a failure, which counts only for those whose effect is not there. */
  private async apply(requests: readonly Request[]): Promise<Failure | undefined> {
    const together: Operation = {
      signal: new AbortController().signal,
      timeoutMs: Math.max(...requests.map(({ scope }) => scope.remainingMs)),
      onIntent: () => Promise.resolve(),
      onTask: async (task) => {
        for (const { scope } of requests) await scope.operation.onTask(task);
      },
    };
    const scope = new OperationScope(`apply ${requests.length} networks`, together);
    try {
      await this.runner.run(scope, { intent: scope.what, send: () => this.api.apply(), settleMs: 0 });
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** What is missing of each network after an apply, once the hosts had time to show it. */
  private async verify(requests: readonly Request[]): Promise<ReadonlyMap<Request, HypervisorError>> {
    const until = performance.now() + Math.min(LONGEST_SETTLE_MS, this.settings.timeouts.settleMs);
    for (let pauseMs = 100; ; pauseMs = Math.min(1_000, pauseMs * 1.5)) {
      const missing = await this.missing(requests, new Map((await this.api.vnets()).map((vnet) => [vnet.name, vnet])));
      if (missing.size === 0 || performance.now() + pauseMs > until) return missing;
      await delay(pauseMs);
    }
  }

  private async missing(
    requests: readonly Request[],
    present: ReadonlyMap<string, Vnet>,
  ): Promise<ReadonlyMap<Request, HypervisorError>> {
    const hosts = new Map<string, ReturnType<SdnApi['onHost']>>();
    const onHost = (host: string, zone: string): ReturnType<SdnApi['onHost']> => {
      const key = `${host}/${zone}`;
      const reading = hosts.get(key) ?? this.api.onHost(host, zone);
      hosts.set(key, reading);
      return reading;
    };
    const missing = new Map<Request, HypervisorError>();
    for (const request of requests) {
      const { wish, vnet, zone } = request;
      const found = present.get(vnet);
      if (wish === 'gone') {
        if (found !== undefined && sameVnetMark(found.mark, request.mark))
          missing.set(request, notApplied(request, []));
        continue;
      }
      const failed: { host: string; says: string }[] = [];
      for (const host of request.hosts) {
        const says = await saysOf(onHost(host, zone), vnet);
        if (says !== undefined) failed.push({ host, says });
      }
      if (found?.state !== 'applied' || failed.length > 0) missing.set(request, notApplied(request, failed));
    }
    return missing;
  }
}

/** What is wrong with a VNet on a host; undefined when it is there. */
async function saysOf(reading: ReturnType<SdnApi['onHost']>, vnet: string): Promise<string | undefined> {
  try {
    const entry = (await reading).get(vnet);
    if (entry === undefined) return 'missing';
    return entry.ok ? undefined : entry.says;
  } catch (error) {
    if (isProxmoxFailure(error)) return error.message;
    throw error;
  }
}

/** False when nothing is to be done; throws when the name belongs to something else. */
function needed(request: Request, found: Vnet | undefined): boolean {
  if (request.scope.aborted) throw cancelled(request.scope.what);
  if (request.wish === 'gone') return found !== undefined && sameVnetMark(found.mark, request.mark);
  if (found === undefined || isAsAsked(request, found)) return true;
  const detail = `${request.vnet} is another VNet, of zone ${found.zone}, which is left as it is`;
  throw new HypervisorError('network.name_taken', 'permanent', detail, { vnet: request.vnet, zone: found.zone });
}

function isAsAsked({ mark, zone, tag }: Request, found: Vnet | undefined): boolean {
  return found !== undefined && sameVnetMark(found.mark, mark) && found.zone === zone && found.tag === tag;
}

function removals(requests: readonly Request[]): ReadonlyMap<string, string> {
  return new Map(requests.filter(({ wish }) => wish === 'gone').map(({ vnet, mark }) => [vnet, mark.rangeId]));
}

function inUseBy({ vnet }: Request, vms: readonly number[]): HypervisorError {
  const detail = `VNet ${vnet} stays: VMs ${vms.join(', ')} hang on it`;
  return new HypervisorError('network.in_use', 'conflict', detail, { vnet, vmIds: vms });
}

function notApplied(
  { vnet, zone, wish }: Request,
  failed: readonly { readonly host: string; readonly says: string }[],
): HypervisorError {
  const where = failed.map(({ host, says }) => `${host} (${says})`).join(', ');
  const detail =
    wish === 'gone'
      ? `VNet ${vnet} of zone ${zone} was deleted, but that was not applied`
      : `VNet ${vnet} of zone ${zone} was not applied${where === '' ? '' : ` on ${where}`}`;
  const hosts = failed.map(({ host }) => host);
  return new HypervisorError('network.apply_failed', 'retryable', detail, { vnet, zone, hosts });
}
