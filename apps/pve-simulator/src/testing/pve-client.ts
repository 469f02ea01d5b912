import { Agent, request } from 'node:https';
import { startSimulator } from '../start-simulator';
import type { RunningSimulator, SimulatorOptions } from '../options';

interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly connection: string | undefined;
  readonly text: string;
  /** `data` of the body, or null. */
  readonly data: never;
  readonly total?: number;
  readonly message?: string;
  readonly errors?: Record<string, string>;
}

type Form = Record<string, string | number> | [string, string][];

export interface CallOptions {
  readonly form?: Form;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
  readonly raw?: string;
}

/** A plain client of a simulator under test, with the rights of one of its tokens. */
class PveClient {
  private readonly agent: Agent;

  constructor(
    private readonly simulator: RunningSimulator,
    private readonly token: { readonly id: string; readonly secret: string } | undefined,
  ) {
    this.agent = new Agent({ ca: simulator.caPem, keepAlive: true });
  }

  close(): void {
    this.agent.destroy();
  }

  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { form, json, raw } = options;
    const headers: Record<string, string> = {};
    if (this.token !== undefined) headers['authorization'] = `PVEAPIToken=${this.token.id}=${this.token.secret}`;
    let body = raw;
    if (form !== undefined) {
      const pairs: [string, string][] = Array.isArray(form)
        ? form
        : Object.entries(form).map(([key, value]) => [key, String(value)]);
      body = new URLSearchParams(pairs).toString();
      headers['content-type'] = 'application/x-www-form-urlencoded';
    }
    if (json !== undefined) {
      body = JSON.stringify(json);
      headers['content-type'] = 'application/json';
    }
    if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.simulator.url}/api2/json${path}`,
        { method, agent: this.agent, headers: { ...headers, ...options.headers } },
        (incoming) => {
          const parts: Buffer[] = [];
          incoming.on('data', (part: Buffer) => parts.push(part));
          incoming.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            const reason = incoming.statusMessage ?? '';
            const { connection } = incoming.headers;
            resolve({ status: incoming.statusCode ?? 0, reason, connection, text, ...parsed(text) });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Makes the call and waits for its task; the exit status, or the reason phrase of a refused call. */
  async run(method: string, path: string, form?: Form): Promise<string> {
    const answer = await this.call(method, path, form === undefined ? {} : { form });
    if (answer.status !== 200) return answer.reason;
    return this.exitStatus(String(answer.data));
  }

  async exitStatus(upid: string): Promise<string> {
    const path = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}/status`;
    for (;;) {
      const { data, status, reason } = await this.call('GET', path);
      if (status !== 200) return reason;
      const state = data as { status: string; exitstatus?: string };
      if (state.status === 'stopped') return state.exitstatus ?? '';
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async admin(method: string, path: string, body?: unknown): Promise<never> {
    const answer = await fetch(this.simulator.adminUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as never;
  }
}

function parsed(text: string): { data: never; total?: number; message?: string; errors?: Record<string, string> } {
  try {
    return JSON.parse(text) as ReturnType<typeof parsed>;
  } catch {
    return { data: null as never };
  }
}

export interface TestCluster {
  readonly simulator: RunningSimulator;
  readonly root: PveClient;
  readonly tenant: PveClient;
  readonly stranger: PveClient;
  close(): Promise<void>;
}

/** The default cluster with short times, and clients with the rights of root, of the range token, and with none. */
export async function startTestCluster(options: SimulatorOptions = {}): Promise<TestCluster> {
  const simulator = await startSimulator({ factor: 0.01, ...options });
  const clientOf = (id: string) =>
    new PveClient(
      simulator,
      simulator.tokens.find((token) => token.id === id),
    );
  const clients = {
    root: clientOf('root@pam!admin'),
    tenant: clientOf('orion@pve!range'),
    stranger: clientOf('nobody'),
  };
  return {
    simulator,
    ...clients,
    close: async () => {
      for (const client of Object.values(clients)) client.close();
      await simulator.close();
    },
  };
}
