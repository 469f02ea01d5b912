export interface NatsBusOptions {
  readonly transport: 'nats';
  /** `nats://host:port` or `tls://host:port`; user and password or a token may stand before the host. */
  readonly servers: readonly string[];
  /** Authenticates by NKey; begins with `SU`. */
  readonly nkeySeed?: string;
}

/** For services of one machine: the bus listens and connects on 127.0.0.1 alone. */
export interface TcpBusOptions {
  readonly transport: 'tcp';
  /** Where this side listens. */
  readonly port: number;
  /** Where the other side listens. */
  readonly peerPort: number;
  /** Known to both sides; a request without it is refused. */
  readonly token: string;
}

export interface BusTimes {
  /** How long one request may take, milliseconds. */
  readonly requestTimeoutMs?: number;
  /** How long `close` waits for what is being handled, milliseconds. */
  readonly closeTimeoutMs?: number;
}

export type BusOptions = (NatsBusOptions | TcpBusOptions) & BusTimes;

/** Who this process is on the bus. Orchestrators share the work of all sites; an agent serves its own. */
export type BusRole = { readonly role: 'orchestrator' } | { readonly role: 'agent'; readonly siteId: string };
