import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError } from '../../hypervisor-error';
import type { GuestExecResult, GuestExecSpec, GuestInterface, VmRef } from '../../port';
import { isProxmoxFailure } from '../errors/proxmox-failure';
import { asAnswer, asAnswers, flagOf, numberOf, textOf, type Answer } from '../transport/answer';
import type { VmLocator } from '../vm/locate-vm';
import type { VmApi, VmPlace } from '../vm/vm-api';
import { decodeGuestText, encodeGuestText } from './guest-text';

/** `file-write` takes 60 KiB of text, and base64 makes four characters of three bytes. */
const LARGEST_FILE_BYTES = (60 * 1024 * 3) / 4;
const LARGEST_INPUT_BYTES = 64 * 1024;
const SILENT = new Set(['guest.agent_unavailable', 'vm.not_running']);

export interface GuestDescription {
  readonly hostname?: string;
  readonly os?: string;
  /** Without prefix lengths, no loopback and no link-local ones, sorted. */
  readonly addresses: readonly string[];
}

/** Talks to the agent in a guest. Each call pings it first, which takes three seconds when it is silent. */
export class GuestAgent {
  constructor(
    private readonly api: VmApi,
    private readonly locator: VmLocator,
  ) {}

  async ping(ref: VmRef): Promise<boolean> {
    const place = await this.place(ref);
    try {
      await this.api.change(place, 'POST', '/agent/ping', { lane: 'agent' });
      return true;
    } catch (error) {
      if (isProxmoxFailure(error) && SILENT.has(error.code)) return false;
      // A lost answer to a ping tells as much as none.
      if (isProxmoxFailure(error) && error.evidence.ambiguous) return false;
      throw error;
    }
  }

  async exec(ref: VmRef, spec: GuestExecSpec): Promise<GuestExecResult> {
    const place = await this.place(ref);
    const input = spec.input === undefined ? undefined : encodeGuestText(spec.input);
    if (input !== undefined && input.length > LARGEST_INPUT_BYTES) throw tooLarge('input', LARGEST_INPUT_BYTES);
    const deadline = performance.now() + spec.timeoutMs;
    const pid = await this.startProgram(place, spec, input);
    for (let pauseMs = 50; ; pauseMs = Math.min(1_000, pauseMs * 1.5)) {
      const status = await this.readExec(place, pid);
      if (flagOf(status, 'exited')) return resultOf(status);
      if (performance.now() + pauseMs > deadline) {
        throw unknown(`${spec.command[0] ?? ''} in VM ${place.vmId} had not ended after ${spec.timeoutMs} ms`);
      }
      await delay(pauseMs);
    }
  }

  /** Content goes as base64 that Proxmox VE does not touch; text would lose every character beyond Latin-1. */
  async writeFile(ref: VmRef, path: string, content: Uint8Array): Promise<void> {
    const place = await this.place(ref);
    if (content.byteLength > LARGEST_FILE_BYTES) throw tooLarge('file', LARGEST_FILE_BYTES);
    const form = { file: path, content: Buffer.from(content).toString('base64'), encode: false };
    await this.api.change(place, 'POST', '/agent/file-write', { form, lane: 'agent' });
  }

  async interfaces(ref: VmRef): Promise<readonly GuestInterface[]> {
    const place = await this.place(ref);
    const answer = asAnswer(await this.api.get(place, '/agent/network-get-interfaces', {}, 'agent'));
    return asAnswers(answer['result']).map(interfaceOf);
  }

  /** What the guest says of itself; undefined when its agent does not answer. */
  async describe(ref: VmRef): Promise<GuestDescription | undefined> {
    const place = await this.place(ref);
    const ask = async (question: string): Promise<unknown> =>
      asAnswer(await this.api.get(place, `/agent/${question}`, {}, 'agent'))['result'];
    try {
      const questions = ['get-host-name', 'get-osinfo', 'network-get-interfaces'];
      const [host, system, interfaces] = await Promise.all(questions.map(ask));
      const hostname = textOf(asAnswer(host), 'host-name');
      const os = textOf(asAnswer(system), 'pretty-name');
      return {
        ...(hostname === undefined ? {} : { hostname }),
        ...(os === undefined ? {} : { os }),
        addresses: reachable(asAnswers(interfaces).map(interfaceOf)),
      };
    } catch (error) {
      if (isProxmoxFailure(error) && SILENT.has(error.code)) return undefined;
      throw error;
    }
  }

  private async place(ref: VmRef): Promise<VmPlace> {
    const { place, config } = await this.locator.owned(ref);
    if (config.agentEnabled) return place;
    throw new HypervisorError(
      'guest.agent_not_configured',
      'permanent',
      `VM ${ref.vmId} has no guest agent configured`,
    );
  }

  /** The end of a program can be read once: an answer that was lost on the way is lost for good. */
  private async readExec(place: VmPlace, pid: number): Promise<Answer> {
    try {
      return asAnswer(await this.api.get(place, '/agent/exec-status', { pid }));
    } catch (error) {
      const lost = isProxmoxFailure(error) && /PID \w+ does not exist/.test(error.evidence.text);
      throw lost ? unknown(`what became of process ${pid} in VM ${place.vmId} was told once, and lost`) : error;
    }
  }

  /** A program that does not exist is 596 without a text: its error has characters that break the answer. */
  private async startProgram(place: VmPlace, { command }: GuestExecSpec, input: string | undefined): Promise<number> {
    const form = { command, 'input-data': input };
    try {
      const answer = asAnswer(await this.api.change(place, 'POST', '/agent/exec', { form, lane: 'agent' }));
      const pid = numberOf(answer, 'pid');
      if (pid !== undefined) return pid;
    } catch (error) {
      if (!isProxmoxFailure(error) || !error.evidence.ambiguous) throw error;
    }
    throw unknown(`whether ${command[0] ?? ''} ran in VM ${place.vmId} is not known; perhaps there is no such program`);
  }
}

/** Addresses that others can use: no loopback and no link-local ones. */
function reachable(interfaces: readonly GuestInterface[]): readonly string[] {
  const addresses = interfaces
    .filter(({ name }) => name !== 'lo')
    .flatMap((nic) => nic.addresses.map((address) => address.split('/')[0] ?? ''));
  return addresses.filter((address) => !/^(127\.|169\.254\.|fe80:|::1$)/i.test(address)).sort();
}

function resultOf(status: Answer): GuestExecResult {
  const exitCode = numberOf(status, 'exitcode');
  const signal = numberOf(status, 'signal');
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    stdout: decodeGuestText(textOf(status, 'out-data') ?? ''),
    stderr: decodeGuestText(textOf(status, 'err-data') ?? ''),
    truncated: flagOf(status, 'out-truncated') || flagOf(status, 'err-truncated'),
  };
}

function interfaceOf(entry: Answer): GuestInterface {
  const mac = textOf(entry, 'hardware-address');
  const addresses = asAnswers(entry['ip-addresses']).flatMap((address) => {
    const ip = textOf(address, 'ip-address');
    return ip === undefined ? [] : [`${ip}/${textOf(address, 'prefix') ?? ''}`];
  });
  return { name: textOf(entry, 'name') ?? '', ...(mac === undefined ? {} : { mac: mac.toUpperCase() }), addresses };
}

function unknown(detail: string): HypervisorError {
  return new HypervisorError('hypervisor.outcome_unknown', 'unknown', detail);
}

function tooLarge(what: string, limit: number): HypervisorError {
  return new HypervisorError('hypervisor.rejected', 'permanent', `The ${what} is larger than ${limit} bytes`);
}
