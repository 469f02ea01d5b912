import { startInProcess, waitFor } from '@orion/testing';
import { Client } from 'pg';

import {
  aBlueprint,
  appendEvent,
  aRange,
  aSite,
  aTenant,
  endJob,
  sql,
  type Deployed,
  type TestTenant,
} from '../gateway.builders';
import { startGateway, TestClient, type TestGateway } from '../gateway.fixture';
import { gatewayService } from '../gateway.service';

let gateway: TestGateway;
let tenant: TestTenant;
let client: TestClient;
let siteId: string;
let blueprintId: string;
beforeAll(async () => {
  gateway = await startGateway({ ORION_EVENT_COMMENT_INTERVAL: '100ms' });
  tenant = await aTenant(gateway);
  client = tenant.admin;
  siteId = await aSite(gateway, [tenant.id]);
  blueprintId = await aBlueprint(client);
});

/** A client that follows a stream. */
class Follower {
  readonly ids: number[] = [];
  readonly types: string[] = [];
  comments = 0;
  ended = false;
  private readonly controller = new AbortController();

  constructor(
    private readonly path: string,
    private readonly on: TestClient = client,
  ) {}

  async follow(lastEventId?: number): Promise<this> {
    const response = await fetch(`${this.on.url}${this.path}`, {
      headers: {
        authorization: `Bearer ${this.on.key ?? ''}`,
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
      },
      signal: this.controller.signal,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    void this.read(response.body as unknown as AsyncIterable<Uint8Array>).catch(() => (this.ended = true));
    return this;
  }

  leave(): void {
    this.controller.abort();
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of body) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
    this.ended = true;
  }

  private take(block: string): void {
    if (block.startsWith(':')) this.comments += 1;
    else {
      this.ids.push(Number(/^id: (\d+)$/m.exec(block)?.[1]));
      this.types.push(/^event: (.+)$/m.exec(block)?.[1] ?? '');
    }
  }
}

async function writeEvents({ rangeId, jobId }: Deployed, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await appendEvent(gateway, rangeId, jobId, 'step.ended');
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('a stream tells what has happened and then what happens', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const follower = await new Follower(`/ranges/${range.rangeId}/events`).follow();
  await waitFor(() => follower.ids.length === 1);

  await writeEvents(range, 3);

  await waitFor(() => follower.ids.length === 4);
  expect(follower.ids).toEqual([1, 2, 3, 4]);
  expect(follower.types).toEqual(['job.requested', 'step.ended', 'step.ended', 'step.ended']);
  follower.leave();
});

test('a client that is cut off again and again misses nothing and gets nothing twice', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const seen: number[] = [];
  const writing = writeEvents(range, 60);
  while (seen.length < 61) {
    const follower = await new Follower(`/ranges/${range.rangeId}/events`).follow(seen.at(-1));
    const wanted = Math.min(7, 61 - seen.length);
    await waitFor(() => follower.ids.length >= wanted);
    follower.leave();
    await waitFor(() => follower.ended);
    seen.push(...follower.ids);
  }
  await writing;
  expect(seen).toEqual(upTo(61));
});

test('a client goes on where it was when its gateway is replaced while events are written', async () => {
  const leaving = await startGateway();
  const site = await aSite(leaving);
  const range = await aRange(leaving.admin, { blueprintId: await aBlueprint(leaving.admin), siteId: site });
  const path = `/ranges/${range.rangeId}/events`;
  const before = await new Follower(path, leaving.admin).follow();
  const writing = (async () => {
    for (let index = 0; index < 40; index += 1) {
      await appendEvent(leaving, range.rangeId, range.jobId, 'step.ended');
    }
  })();
  await waitFor(() => before.ids.length > 5);

  await leaving.service.stop();
  await waitFor(() => before.ended);
  const next = await startInProcess(gatewayService, leaving.environment);
  const reconnected = new TestClient(next.urls['http'] ?? '', leaving.adminKey);
  const after = await new Follower(path, reconnected).follow(before.ids.at(-1));

  await writing;
  await waitFor(() => before.ids.length + after.ids.length >= 41);
  expect([...before.ids, ...after.ids]).toEqual(upTo(41));
  after.leave();
});

test('more events than one page come in order', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  await sql(
    gateway,
    `WITH added AS (
       INSERT INTO event (stream_id, number, tenant_id, range_id, job_id, type)
       SELECT id, n, tenant_id, id, $2, 'step.ended' FROM range, generate_series(2, 1500) n WHERE id = $1
     ) UPDATE range SET last_event_number = 1500 WHERE id = $1`,
    [range.rangeId, range.jobId],
  );
  const follower = await new Follower(`/ranges/${range.rangeId}/events`).follow();
  await waitFor(() => follower.ids.length === 1_500);
  expect(follower.ids).toEqual(upTo(1_500));
  follower.leave();
});

test('the stream of a job leaves out what its range tells of others', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  await endJob(gateway, range);
  const { body } = await client.post<{ job: { id: string } }>(`/ranges/${range.rangeId}/stop`);
  await appendEvent(gateway, range.rangeId, body.job.id, 'job.started');
  const follower = await new Follower(`/jobs/${body.job.id}/events`).follow();
  await waitFor(() => follower.ids.length === 2);
  expect(follower.ids).toEqual([2, 3]);
  follower.leave();
});

test('an event whose notification was lost comes with the poll', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const follower = await new Follower(`/ranges/${range.rangeId}/events`).follow();
  await waitFor(() => follower.ids.length === 1);
  await sql(
    gateway,
    `WITH added AS (INSERT INTO event (stream_id, number, tenant_id, range_id, type)
                    SELECT id, 2, tenant_id, id, 'quiet' FROM range WHERE id = $1)
     UPDATE range SET last_event_number = 2 WHERE id = $1`,
    [range.rangeId],
  );
  await waitFor(() => follower.ids.length === 2, { timeoutMs: 3_000 });
  follower.leave();
});

test('streams go on when the connection that listens is cut', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const follower = await new Follower(`/ranges/${range.rangeId}/events`).follow();
  await waitFor(() => follower.ids.length === 1);
  await sql(
    gateway,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'orion-gateway-events' AND datname = current_database()`,
  );
  await writeEvents(range, 2);
  await waitFor(() => follower.ids.length === 3, { timeoutMs: 5_000 });
  follower.leave();
});

test('a stream on which nothing happens carries comments', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  const follower = await new Follower(`/ranges/${range.rangeId}/events`).follow(1);

  await waitFor(() => follower.comments > 3);
  expect(follower.ids).toEqual([]);
  follower.leave();
});

test('events come as pages of JSON on request', async () => {
  const range = await aRange(client, { blueprintId, siteId });
  await writeEvents(range, 4);
  type Listed = { items: { number: number }[]; nextCursor: string | null };
  const json = { accept: 'application/json' };
  const { body: first } = await client.get<Listed>(`/jobs/${range.jobId}/events?limit=3`, json);
  const { body: second } = await client.get<Listed>(
    `/jobs/${range.jobId}/events?limit=3&cursor=${first.nextCursor ?? ''}`,
    json,
  );
  expect([...first.items, ...second.items].map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  const { body: after } = await client.get<Listed>(`/jobs/${range.jobId}/events?after=4`, json);
  expect(after.items.map(({ number }) => number)).toEqual([5]);
  expect((await client.get(`/jobs/${range.jobId}/events`, { 'last-event-id': 'x' })).status).toBe(400);
});

test('no more streams are served than the gateway may', async () => {
  const small = await startGateway({ ORION_EVENT_STREAMS: '1' });
  const site = await aSite(small);
  const range = await aRange(small.admin, { blueprintId: await aBlueprint(small.admin), siteId: site });
  const path = `/ranges/${range.rangeId}/events`;
  const follower = await new Follower(path, small.admin).follow();
  const refused = await small.admin.get(path, { accept: 'text/event-stream' });
  expect([refused.status, refused.body['code']]).toEqual([503, 'service.overloaded']);
  follower.leave();
  await waitFor(async () => {
    const next = await fetch(`${small.url}${path}`, { headers: { authorization: `Bearer ${small.adminKey}` } });
    await next.body?.cancel();
    return next.status === 200;
  });
});

test('a stop ends the streams, lets requests finish and waits for nobody', async () => {
  const stopping = await startGateway();
  const site = await aSite(stopping);
  const range = await aRange(stopping.admin, { blueprintId: await aBlueprint(stopping.admin), siteId: site });
  const follower = await new Follower(`/ranges/${range.rangeId}/events`, stopping.admin).follow();
  await waitFor(() => follower.ids.length === 1);
  // A request that waits for a row that somebody else holds.
  const held = await holdRow(stopping, range.rangeId);
  const inFlight = stopping.admin.post(`/jobs/${range.jobId}/cancel`);
  await held.awaited();

  const begun = performance.now();
  const stopped = stopping.service.stop();
  await waitFor(() => follower.ended);
  await held.release();

  expect((await inFlight).status).toBe(202);
  expect(await stopped).toEqual([]);
  expect(performance.now() - begun).toBeLessThan(3_000);
  await expect(fetch(`${stopping.url}/health/live`)).rejects.toThrow();
});

/** Holds a range's row in a transaction, until it is released. */
async function holdRow(on: TestGateway, rangeId: string) {
  const holder = new Client(on.database.url);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM range WHERE id = $1 FOR UPDATE', [rangeId]);
  return {
    awaited: () =>
      waitFor(async () => (await sql(on, 'SELECT FROM pg_locks WHERE NOT granted')).length > 0, { timeoutMs: 1_500 }),
    release: async () => {
      await holder.query('COMMIT');
      await holder.end();
    },
  };
}
