import type { CustomTransportStrategy } from '@nestjs/microservices';
import { BUS_REQUEST_TIMEOUT_MS } from '@orion/contracts';
import type { HealthResult } from '@orion/runtime';
import { AgentBus } from './agent-bus';
import { BusClient, type BusProxy } from './bus-client';
import type { BusOptions, BusRole, NatsBusOptions, TcpBusOptions } from './bus-options';
import { MessageGate } from './message-gate';
import { NatsClient } from './nats/nats-client';
import { NatsLink } from './nats/nats-link';
import { NatsServerStrategy } from './nats/nats-server.strategy';
import { OrchestratorBus } from './orchestrator-bus';
import { agentInbox, assertSiteId, ORCHESTRATOR_INBOX } from './site-subject';
import { TcpClient } from './tcp/tcp-client';
import { TcpServerStrategy } from './tcp/tcp-server.strategy';

/** One side of the bus in this process: it listens through `strategy` and sends by its own means. */
export interface BusSide {
  /** For Nest, see `listenOnBus`. */
  readonly strategy: CustomTransportStrategy;
  health(): HealthResult;
  /** Answers what is being handled, then leaves, in bounded time. May be repeated. */
  close(): Promise<void>;
}

/** The orchestrator's side: reaches any site's agent. */
export function openOrchestratorSide(options: BusOptions): BusSide & { readonly agents: AgentBus } {
  const { client, ...side } = open(options, { role: 'orchestrator' });
  return { ...side, agents: new AgentBus(client) };
}

/** The agent's side: reaches the orchestrators, as its site. */
export function openAgentSide(
  options: BusOptions,
  siteId: string,
): BusSide & { readonly orchestrator: OrchestratorBus } {
  const { client, ...side } = open(options, { role: 'agent', siteId: assertSiteId(siteId) });
  return { ...side, orchestrator: new OrchestratorBus(client) };
}

const CLOSE_TIMEOUT_MS = 2_000;

interface Transport {
  readonly strategy: CustomTransportStrategy;
  readonly proxy: BusProxy;
  health(): HealthResult;
  close(): Promise<void>;
}

function open(options: BusOptions, role: BusRole): BusSide & { readonly client: BusClient } {
  const { requestTimeoutMs = BUS_REQUEST_TIMEOUT_MS, closeTimeoutMs = CLOSE_TIMEOUT_MS } = options;
  const gate = new MessageGate(role);
  const transport =
    options.transport === 'nats'
      ? natsTransport(options, role, gate, requestTimeoutMs, closeTimeoutMs)
      : tcpTransport(options, gate, closeTimeoutMs);
  const client = new BusClient(transport.proxy, requestTimeoutMs);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    client.close();
    await transport.strategy.close();
    await transport.proxy.close();
    await transport.close();
  };
  return {
    client,
    strategy: transport.strategy,
    health: () => transport.health(),
    close: () => (closing ??= close()),
  };
}

function natsTransport(
  options: NatsBusOptions,
  role: BusRole,
  gate: MessageGate,
  requestTimeoutMs: number,
  closeTimeoutMs: number,
): Transport {
  const link = new NatsLink(options, role.role === 'agent' ? agentInbox(role.siteId) : ORCHESTRATOR_INBOX);
  return {
    strategy: new NatsServerStrategy(link, role, gate, closeTimeoutMs),
    proxy: new NatsClient(link, requestTimeoutMs),
    health: () =>
      link.state === 'connected'
        ? { state: 'up' }
        : { state: 'down', detail: `The connection to NATS is ${link.state}.` },
    close: () => link.close(closeTimeoutMs),
  };
}

function tcpTransport({ port, peerPort, token }: TcpBusOptions, gate: MessageGate, closeTimeoutMs: number): Transport {
  const strategy = new TcpServerStrategy(port, token, gate, closeTimeoutMs);
  return {
    strategy,
    proxy: new TcpClient(peerPort, token),
    health: () => (strategy.listening ? { state: 'up' } : { state: 'down', detail: 'The bus does not listen.' }),
    close: async () => undefined,
  };
}
