import {
  currentTraceId,
  currentTraceparent,
  inSpan,
  startTracing,
  withRemoteParent,
  type Tracing,
} from '@orion/runtime';
import { collectSpans, isOneTree } from './collect-spans';

let running: Tracing[] = [];

async function trace(service: string, endpoint?: string): Promise<Tracing> {
  const tracing = await startTracing({ service, version: '1', endpoint });
  running.push(tracing);
  return tracing;
}

afterEach(async () => {
  await Promise.all(running.map((tracing) => tracing.stop()));
  running = [];
});

test('a trace that crosses from one service to another is one tree, each span under its own service', async () => {
  const { endpoint, waitFor } = await collectSpans();
  const [gateway, agent] = [await trace('gateway', endpoint), await trace('agent', endpoint)];
  let traceId = '';

  const traceparent = gateway.run(() =>
    inSpan(
      'POST /ranges',
      { route: '/ranges' },
      () => {
        traceId = currentTraceId() ?? '';
        return currentTraceparent();
      },
      'server',
    ),
  );
  await agent.run(() =>
    withRemoteParent(traceparent, () => inSpan('vm.clone', {}, () => Promise.resolve(), 'consumer')),
  );

  const spans = await waitFor(traceId, (seen) => seen.length === 2);
  expect(isOneTree(spans)).toBe(true);
  expect(spans.map(({ service, name }) => `${service} ${name}`).sort()).toEqual([
    'agent vm.clone',
    'gateway POST /ranges',
  ]);
});

test('an error is noted on its span and thrown on', async () => {
  const { endpoint, waitFor } = await collectSpans();
  const tracing = await trace('agent', endpoint);
  let traceId = '';

  const failing = tracing.run(() =>
    inSpan('vm.clone', {}, () => {
      traceId = currentTraceId() ?? '';
      return Promise.reject(new Error('no quorum'));
    }),
  );

  await expect(failing).rejects.toThrow('no quorum');
  expect((await waitFor(traceId, (seen) => seen.length === 1))[0]).toMatchObject({ failed: true });
});

test('without an endpoint there are trace ids, but no span is kept', async () => {
  const tracing = await trace('agent');

  const seen = tracing.run(() =>
    inSpan('vm.clone', {}, (span) => ({ id: currentTraceId(), kept: span.isRecording() })),
  );
  expect(seen).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), kept: false });
});

test.each(['', 'garbage', '00-00000000000000000000000000000000-0000000000000000-01'])(
  'a traceparent of "%s" begins a new trace',
  async (traceparent) => {
    const tracing = await trace('agent');

    const traceId = tracing.run(() => withRemoteParent(traceparent, () => inSpan('work', {}, () => currentTraceId())));
    expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  },
);
