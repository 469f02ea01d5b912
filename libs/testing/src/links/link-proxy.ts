import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Which bytes a half-open link swallows: those towards the server, its answers, or both. */
export type Swallowed = 'requests' | 'answers' | 'both';

/**
 * A TCP link that a test can harm, between a client that is given `port` and the server behind it. Each fault replaces the one
 * before it; `heal` ends it.
 */
export interface LinkProxy {
  /** On 127.0.0.1, where the client connects to. */
  readonly port: number;
  /** Connections open at this moment. */
  readonly connections: number;
  /** Connections that are open and have lost bytes. */
  readonly losses: number;
  /** Resets every connection and refuses new ones. */
  cut(): void;
  /** Resets every connection once; new ones pass. */
  drop(): void;
  /** Delivers every byte so many milliseconds later, in order; what is under way when it heals keeps its delay. */
  delay(milliseconds: () => number): void;
  /**
   * Connections stay open, new ones are accepted, and bytes vanish. When it heals, the connections that lost some are reset:
   * a peer that missed bytes cannot go on.
   */
  halfOpen(swallowed: Swallowed): void;
  heal(): void;
  close(): Promise<void>;
}

type Mode =
  | { readonly kind: 'open' | 'cut' }
  | { readonly kind: 'delay'; readonly milliseconds: () => number }
  | { readonly kind: 'halfOpen'; readonly swallowed: Swallowed };

const OPEN: Mode = { kind: 'open' };

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  lossy: boolean;
}

/** Starts a proxy on 127.0.0.1 before the server at `target`, which needs not listen yet. */
export async function startLinkProxy(target: { readonly host?: string; readonly port: number }): Promise<LinkProxy> {
  const connections = new Set<Connection>();
  let mode = OPEN;
  const reset = (connection: Connection): void => {
    connections.delete(connection);
    breakOff(connection.client);
    breakOff(connection.server);
  };
  const resetAll = (which: (connection: Connection) => boolean = () => true): void => {
    for (const connection of [...connections]) if (which(connection)) reset(connection);
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (mode.kind === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: target.host ?? '127.0.0.1', port: target.port, allowHalfOpen: true });
    const connection: Connection = { client, server, lossy: false };
    connections.add(connection);
    const carry = (from: Socket, to: Socket, lost: Swallowed): void => {
      carryBytes(from, to, () => {
        if (mode.kind === 'delay') return mode.milliseconds();
        if (mode.kind !== 'halfOpen' || (mode.swallowed !== lost && mode.swallowed !== 'both')) return 0;
        connection.lossy = true;
        return undefined;
      });
    };
    carry(client, server, 'requests');
    carry(server, client, 'answers');
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // What one side lost, the other side loses as well; a server that is not there is a refused connection.
      socket.on('error', () => reset(connection));
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) connections.delete(connection);
      });
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    get connections() {
      return connections.size;
    },
    get losses() {
      return [...connections].filter(({ lossy }) => lossy).length;
    },
    cut: () => {
      mode = { kind: 'cut' };
      resetAll();
    },
    drop: () => {
      mode = OPEN;
      resetAll();
    },
    delay: (milliseconds) => {
      mode = { kind: 'delay', milliseconds };
    },
    halfOpen: (swallowed) => {
      mode = { kind: 'halfOpen', swallowed };
    },
    heal: () => {
      mode = OPEN;
      resetAll(({ lossy }) => lossy);
    },
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      resetAll();
      await closed;
    },
  };
}

/**
 * A reset where that is possible. Node waits with it until everything is written, and libuv refuses it while the end is being
 * sent, which would leave the socket behind for ever.
 */
function breakOff(socket: Socket): void {
  if (socket.connecting || socket.writableEnded || socket.writableLength > 0) socket.destroy();
  else socket.resetAndDestroy();
}

/** `fate` says how late a piece arrives, in milliseconds, or undefined when it never does. The end counts as a piece. */
function carryBytes(from: Socket, to: Socket, fate: () => number | undefined): void {
  let last = Promise.resolve();
  let waiting = 0;
  const later = (act: () => void): void => {
    const milliseconds = fate();
    if (milliseconds === undefined) return;
    if (milliseconds === 0 && waiting === 0) {
      act();
      return;
    }
    const due = new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref());
    waiting += 1;
    last = last
      .then(() => due)
      .then(() => {
        waiting -= 1;
        if (!to.destroyed) act();
      });
  };
  from.on('data', (bytes: Buffer) =>
    later(() => {
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    }),
  );
  from.on('end', () => later(() => to.end()));
  from.on('close', () => later(() => to.destroySoon()));
}
