import type { SdnFacts, VnetMark } from '@orion/contracts';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import { asAnswer, asAnswers, textOf, type Answer } from '../transport/answer';
import type { ProxmoxClient } from '../transport/proxmox-client';
import { parseVnetAlias, vnetAlias } from './vnet-mark';

/** Whether what is configured has been applied: `new`, `changed` and `deleted` wait for that. */
export type PendingState = 'applied' | 'new' | 'changed' | 'deleted';

export interface Zone {
  readonly name: string;
  readonly type: string;
  readonly state: PendingState;
}

/** A VNet as it will be once everything is applied; a deleted one as it still is. */
export interface Vnet {
  readonly name: string;
  readonly zone: string;
  readonly tag?: number;
  readonly mark?: VnetMark;
  readonly state: PendingState;
}

export interface NewVnet {
  readonly name: string;
  readonly zone: string;
  readonly tag: number;
  readonly mark: VnetMark;
}

const VNETS = '/cluster/sdn/vnets';
/** Hosts reload their networks one after the other; Proxmox VE answers with a task when it has begun. */
const APPLY_CALL_MS = 35_000;

/** The calls on software-defined networks. Lists show what the token may audit, and leave out the rest silently. */
export class SdnApi {
  constructor(private readonly client: ProxmoxClient) {}

  async zones(): Promise<readonly Zone[]> {
    const answers = asAnswers(await this.client.get('/cluster/sdn/zones', {}, { pending: 1 }));
    return answers.map((answer) => ({
      name: textOf(answer, 'zone') ?? '',
      type: wanted(answer, 'type') ?? '',
      state: stateOf(answer),
    }));
  }

  async vnets(): Promise<readonly Vnet[]> {
    return asAnswers(await this.client.get(VNETS, {}, { pending: 1 })).map(vnetOf);
  }

  /** Undefined when this Proxmox VE has no software-defined networks. */
  async facts(): Promise<SdnFacts | undefined> {
    let zones: readonly Zone[];
    try {
      zones = await this.zones();
    } catch (error) {
      if (isProxmoxFailure(error) && error.evidence.status === 501) return undefined;
      throw error;
    }
    // Without a zone that may be read there is no VNet that may be.
    const vnets = zones.length === 0 ? [] : await this.vnets();
    return {
      zones: zones.map(({ name, type }) => ({ name, type })),
      vnets: vnets.map(({ name, zone, tag, mark }) => ({
        name,
        zone,
        ...(tag === undefined ? {} : { tag }),
        ...(mark === undefined ? {} : { mark }),
      })),
    };
  }

  async create({ name, zone, tag, mark }: NewVnet): Promise<void> {
    const form = { vnet: name, zone, tag, alias: vnetAlias(mark) };
    await this.client.call({ method: 'POST', route: VNETS, form });
  }

  async delete(name: string): Promise<void> {
    await this.client.call({ method: 'DELETE', route: `${VNETS}/{vnet}`, at: { vnet: name } });
  }

  /** Applies everything that is pending to every host; answers the name of the task. */
  apply(): Promise<unknown> {
    return this.client.call({ method: 'PUT', route: '/cluster/sdn', timeoutMs: APPLY_CALL_MS });
  }

  /** VNets that a host has, each with what the host says of it. */
  async onHost(
    host: string,
    zone: string,
  ): Promise<ReadonlyMap<string, { readonly ok: boolean; readonly says: string }>> {
    const route = '/nodes/{node}/sdn/zones/{zone}/content';
    const answers = asAnswers(await this.client.get(route, { node: host, zone }));
    return new Map(
      answers.map((answer) => {
        const status = textOf(answer, 'status') ?? '';
        const says = textOf(answer, 'statusmsg') ?? status;
        return [textOf(answer, 'vnet') ?? '', { ok: status === 'available', says }];
      }),
    );
  }

  /** What a host says of each zone. */
  async zonesOnHost(host: string): Promise<ReadonlyMap<string, string>> {
    const answers = asAnswers(await this.client.get('/nodes/{node}/sdn/zones', { node: host }));
    return new Map(answers.map((answer) => [textOf(answer, 'zone') ?? '', textOf(answer, 'status') ?? '']));
  }
}

function vnetOf(answer: Answer): Vnet {
  const tag = wanted(answer, 'tag');
  const mark = parseVnetAlias(wanted(answer, 'alias'));
  return {
    name: textOf(answer, 'vnet') ?? '',
    zone: wanted(answer, 'zone') ?? '',
    ...(tag === undefined || !/^\d+$/.test(tag) ? {} : { tag: Number(tag) }),
    ...(mark === undefined ? {} : { mark }),
    state: stateOf(answer),
  };
}

/** The pending value of a key, else the present one. */
function wanted(answer: Answer, key: string): string | undefined {
  return textOf(asAnswer(answer['pending']), key) ?? textOf(answer, key);
}

function stateOf(answer: Answer): PendingState {
  const state = textOf(answer, 'state');
  return state === 'new' || state === 'changed' || state === 'deleted' ? state : 'applied';
}
