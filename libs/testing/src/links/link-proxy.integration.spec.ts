import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { registerTestResource } from '../jest/test-resources';
import { waitFor } from '../waiting/wait-for';
import { startLinkProxy, type LinkProxy } from './link-proxy';

let heard: string;
let link: LinkProxy;

/** A server that answers each piece with `got <piece>`. */
beforeEach(async () => {
  heard = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard += bytes.toString();
      socket.write(`got ${bytes.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = await startLinkProxy({ port: (server.address() as AddressInfo).port });
  link = own;
  registerTestResource({
    dispose: async () => {
      await own.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
});

interface Client {
  readonly socket: Socket;
  readonly received: () => string;
}

async function aClient(): Promise<Client> {
  let received = '';
  const socket = connect(link.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => (received += bytes.toString()));
  registerTestResource({ dispose: () => void socket.destroy() });
  await waitFor(() => socket.readyState === 'open' || socket.destroyed);
  return { socket, received: () => received };
}

test('bytes pass in both directions, and the end of a connection does', async () => {
  const { socket, received } = await aClient();
  socket.write('hello');
  await waitFor(() => received() === 'got hello');
  socket.end();
  await waitFor(() => link.connections === 0);
});

test('a cut link resets what is open and refuses what comes, until it heals', async () => {
  const before = await aClient();
  before.socket.write('one');
  await waitFor(() => before.received() === 'got one');
  link.cut();
  await waitFor(() => before.socket.destroyed);
  const refused = await aClient();
  await waitFor(() => refused.socket.destroyed);

  link.heal();
  const after = await aClient();
  after.socket.write('two');
  await waitFor(() => after.received() === 'got two');
});

test('a slow link keeps the order of what it delivers late', async () => {
  const { socket, received } = await aClient();
  const delays = [120, 10, 0];
  link.delay(() => delays.shift() ?? 0);
  const sentAt = performance.now();
  socket.write('a');
  await waitFor(() => delays.length === 2);
  socket.write('b');
  await waitFor(() => received().includes('b'));
  expect(heard).toBe('ab');
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(110);
});

test('a half-open link loses answers while the server goes on hearing, and resets the connection when it heals', async () => {
  const { socket, received } = await aClient();
  link.halfOpen('answers');
  socket.write('question');
  await waitFor(() => heard === 'question');
  expect(received()).toBe('');
  expect(socket.destroyed).toBe(false);

  link.heal();
  await waitFor(() => socket.destroyed);
});

test('a half-open link that loses requests lets the server hear nothing', async () => {
  const idle = await aClient();
  const { socket } = await aClient();
  link.halfOpen('requests');
  socket.write('question');
  await waitFor(() => link.losses === 1);
  link.heal();
  await waitFor(() => socket.destroyed);
  expect(heard).toBe('');
  expect(idle.socket.destroyed).toBe(false);
});
