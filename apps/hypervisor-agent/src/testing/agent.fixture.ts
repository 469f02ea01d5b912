import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { BusOptions } from '@orion/agent-bus';
import { COMMAND_VERSIONS, type CommandEnvelope, type CommandKind, type CommandPayloads } from '@orion/contracts';
import type { StepOutcome } from '@orion/domain';
import { freePort } from '@orion/runtime';
import { spawnService, startNats, waitFor, type SpawnedService } from '@orion/testing';
import { RecordingOrchestrator } from './recording-orchestrator.fixture';
import { SimulatedCluster } from './simulated-cluster.fixture';
import { APPS, aWorkFolder, type WorkFolder } from './work-folder.fixture';

const TOKEN = 'a token for these tests';
/** After this long the agent takes an answer for lost. */
const REQUEST_TIMEOUT_MS = 300;

export const MARK = {
  installation: 'lab',
  tenantId: '7f0c1d52-0000-4000-8000-000000000001',
  rangeId: '7f0c1d52-0000-4000-8000-000000000002',
  node: 'web',
} as const;

/** One site: a simulated cluster, the agent as a process of its own, and an orchestrator that records. */
export class AgentWorld {
  readonly siteId = randomUUID();
  private readonly issued = new Map<string, number>();
  private readonly agents: SpawnedService[] = [];
  private lastVmId = 4_000;
  private renewals = 0;

  private constructor(
    readonly cluster: SimulatedCluster,
    readonly orchestrator: RecordingOrchestrator,
    private readonly bus: Readonly<Record<string, string>>,
    private readonly folder: WorkFolder,
  ) {}

  static async start(transport: 'tcp' | 'nats' = 'tcp'): Promise<AgentWorld> {
    const folder = await aWorkFolder();
    const { options, environment } = await busOf(transport);
    const [cluster, orchestrator] = await Promise.all([
      SimulatedCluster.start(folder),
      RecordingOrchestrator.start(options),
    ]);
    return new AgentWorld(cluster, orchestrator, environment, folder);
  }

  /** As at the beginning: no agent, no journal, an orchestrator that loses nothing, only templates on the cluster. */
  async renew(): Promise<void> {
    await Promise.all(this.agents.splice(0).map((agent) => agent.kill()));
    this.renewals += 1;
    this.orchestrator.behave();
    await this.cluster.reset();
  }

  /** Starts an agent and waits until it serves. Agents with the same journal are one agent in several lives. */
  async serve(env: Readonly<Record<string, string>> = {}, journal = 'journal'): Promise<SpawnedService> {
    const { registrations, heartbeats } = this.orchestrator;
    const lives = registrations.length;
    const agent = await this.spawn(env, journal);
    await waitFor(
      () =>
        registrations.length > lives &&
        heartbeats.some(({ generation }) => generation === this.orchestrator.generation),
      { describe: 'the agent to serve its site' },
    );
    return agent;
  }

  /** Starts an agent; it listens, but may not be registered yet. */
  async spawn(env: Readonly<Record<string, string>> = {}, journal = 'journal'): Promise<SpawnedService> {
    const agent = await spawnService(join(APPS, 'hypervisor-agent/dist/main.js'), {
      env: {
        ...this.bus,
        ...this.cluster.environment,
        ORION_BUS_REQUEST_TIMEOUT: `${REQUEST_TIMEOUT_MS}ms`,
        ORION_SITE_ID: this.siteId,
        ORION_JOURNAL_DIR: join(this.folder.path, `${journal}-${this.renewals}`),
        ORION_HEALTH_PORT: '0',
        ORION_SHUTDOWN_TIMEOUT: '5s',
        ...env,
      },
    });
    this.agents.push(agent);
    return agent;
  }

  /** An id that no other test uses. */
  newVmId(): number {
    return ++this.lastVmId;
  }

  /** A command with the next sequence of its target, not yet sent. */
  command<K extends Extract<CommandKind, `vm.${string}` | `network.${string}` | 'template.boot'>>(
    kind: K,
    payload: CommandPayloads[K],
    changes: Partial<CommandEnvelope> = {},
  ): CommandEnvelope {
    const target = 'vmId' in payload ? `vm:${payload.vmId}` : `net:${payload.bridge}`;
    const sequence = (this.issued.get(target) ?? 0) + 1;
    this.issued.set(target, sequence);
    return {
      commandId: randomUUID(),
      siteId: this.siteId,
      generation: this.orchestrator.generation,
      ...{ target, sequence, kind, payload },
      version: COMMAND_VERSIONS[kind],
      attempt: 1,
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
      timeoutMs: 20_000,
      mark: MARK,
      tenantId: MARK.tenantId,
      jobId: randomUUID(),
      stepId: randomUUID(),
      ...changes,
    };
  }

  clone(vmId: number, changes: Partial<CommandEnvelope> = {}): CommandEnvelope {
    const where = { host: 'pve1', templateHost: 'pve1', templateVmId: 9_000, storage: 'shared', pool: 'orion-ranges' };
    return this.command('vm.clone', { vmId, name: `vm-${vmId}`, mode: 'linked', ...where }, changes);
  }

  /** Takes a sequence of a target away, as a cancellation does. */
  nextSequence(target: string): number {
    const sequence = (this.issued.get(target) ?? 0) + 1;
    this.issued.set(target, sequence);
    return sequence;
  }

  /** Sends a command until its answer arrives, and expects that the agent has taken it. */
  async begin(command: CommandEnvelope): Promise<CommandEnvelope> {
    expect(await this.orchestrator.command(command)).toEqual({ status: 'accepted' });
    return command;
  }

  /** Sends a command and waits for its outcome. */
  async perform(command: CommandEnvelope): Promise<StepOutcome> {
    return this.orchestrator.outcomeOf(await this.begin(command));
  }

  /** A VM of ours, stopped. */
  async aVm(): Promise<number> {
    const vmId = this.newVmId();
    expect(await this.perform(this.clone(vmId))).toMatchObject({ status: 'succeeded' });
    return vmId;
  }
}

async function busOf(
  transport: 'tcp' | 'nats',
): Promise<{ readonly options: BusOptions; readonly environment: Readonly<Record<string, string>> }> {
  if (transport === 'nats') {
    const { url } = await startNats();
    return {
      options: { transport, servers: [url] },
      environment: { ORION_BUS: transport, ORION_NATS_URL: url },
    };
  }
  const [agents, orchestrators] = [await freePort(), await freePort()];
  return {
    options: { transport, port: orchestrators, peerPort: agents, token: TOKEN },
    environment: {
      ORION_BUS: transport,
      ORION_BUS_PORT: String(agents),
      ORION_BUS_PEER_PORT: String(orchestrators),
      ORION_BUS_TOKEN: TOKEN,
    },
  };
}
