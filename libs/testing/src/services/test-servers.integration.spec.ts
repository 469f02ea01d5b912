import Redis from 'ioredis';
import { connect } from 'nats';
import { waitFor } from '../waiting/wait-for';
import { startNats, startRedis } from './test-servers';

test('a Redis that is killed and started again has kept what was appended', async () => {
  const server = await startRedis({ appendOnly: true });
  const redis = new Redis(server.url, { retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  await redis.config('SET', 'appendfsync', 'always');
  await redis.set('job', 'kept');

  await server.kill();
  await server.restart();

  expect(await redis.get('job')).toBe('kept');
  redis.disconnect();
});

test('a frozen Redis answers after it is thawed', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  await redis.ping();
  let answered = false;

  server.freeze();
  const answer = redis.ping().then(() => (answered = true));
  await expect(waitFor(() => answered, { timeoutMs: 200 })).rejects.toThrow('in vain');
  server.thaw();

  await answer;
  expect(answered).toBe(true);
  redis.disconnect();
});

test('NATS lets in the users that it was given, and nobody else', async () => {
  const { url: servers } = await startNats({ users: [{ user: 'agent', password: 'let-me-in' }] });

  await expect(connect({ servers, user: 'agent', pass: 'wrong' })).rejects.toThrow(/authorization/i);
  const connection = await connect({ servers, user: 'agent', pass: 'let-me-in' });
  await connection.close();
});
