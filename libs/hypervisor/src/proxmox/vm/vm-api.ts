import type { Operation } from '../../port';
import { VmConfig } from '../config/vm-config';
import type { Form } from '../transport/form-encoding';
import { asAnswer, flagOf, textOf } from '../transport/answer';
import type { Lane, Method, ProxmoxClient } from '../transport/proxmox-client';

/** A VM on a host. */
export interface VmPlace {
  readonly host: string;
  readonly vmId: number;
}

export interface VmStatus {
  readonly state: 'running' | 'stopped' | 'paused' | 'unknown';
  readonly lock?: string;
  /** A manager restarts or moves it: tasks only queue what is asked. */
  readonly highlyAvailable: boolean;
}

const VM = '/nodes/{node}/qemu/{vmid}';

/** The calls on one VM. */
export class VmApi {
  constructor(private readonly client: ProxmoxClient) {}

  async config(place: VmPlace): Promise<VmConfig> {
    return VmConfig.of(await this.client.get(`${VM}/config`, atOf(place)));
  }

  async status(place: VmPlace): Promise<VmStatus> {
    const answer = asAnswer(await this.client.get(`${VM}/status/current`, atOf(place)));
    const lock = textOf(answer, 'lock');
    return {
      state: stateOf(textOf(answer, 'status'), textOf(answer, 'qmpstatus')),
      ...(lock === undefined ? {} : { lock }),
      highlyAvailable: flagOf(asAnswer(answer['ha']), 'managed'),
    };
  }

  /** Reads below the VM's path. */
  get(place: VmPlace, path: string, form: Form = {}, lane?: Lane): Promise<unknown> {
    return this.client.call({
      method: 'GET',
      route: `${VM}${path}`,
      at: atOf(place),
      form,
      ...(lane === undefined ? {} : { lane }),
    });
  }

  /** Changes below the VM's path; answers the name of the task, or null. Never repeated by itself. */
  change(place: VmPlace, method: Method, path: string, change: VmChange = {}): Promise<unknown> {
    return this.client.call({
      method,
      route: `${VM}${path}`,
      at: { ...atOf(place), ...change.at },
      form: change.form ?? {},
      signal: change.operation?.signal,
      ...(change.lane === undefined ? {} : { lane: change.lane }),
      ...(change.timeoutMs === undefined ? {} : { timeoutMs: change.timeoutMs }),
    });
  }
}

export interface VmChange {
  readonly form?: Form;
  readonly at?: Readonly<Record<string, string>>;
  readonly lane?: Lane;
  readonly timeoutMs?: number;
  readonly operation?: Operation;
}

function atOf({ host, vmId }: VmPlace): Readonly<Record<string, string | number>> {
  return { node: host, vmid: vmId };
}

export function stateOf(status: string | undefined, qmpstatus?: string): VmStatus['state'] {
  if (status === 'stopped') return 'stopped';
  if (status !== 'running') return 'unknown';
  return qmpstatus === 'paused' ? 'paused' : 'running';
}
