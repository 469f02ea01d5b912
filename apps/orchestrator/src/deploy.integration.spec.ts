import { collectSpans, drawTree } from '@orion/testing';

import { aNode, nodes, World } from './orchestrator.fixture';

let world: World;
beforeAll(async () => {
  world = await World.start();
});

test('a range of one node is deployed, and destroyed again', async () => {
  const { rangeId, jobId } = await world.deploy({ nodes: nodes(1) });

  const job = await world.reaches(jobId, 'succeeded');

  expect(job).toMatchObject({ steps_total: 5, steps_done: 5 });
  expect(await world.rangeState(rangeId)).toBe('ready');
  expect(await world.rows(`SELECT name, state, vm_id FROM range_node WHERE range_id = $1`, [rangeId])).toEqual([
    { name: 'ws-1', state: 'running', vm_id: 1000 },
  ]);

  await world.reaches(await world.destroy(rangeId), 'succeeded');

  expect(await world.rangeState(rangeId)).toBe('destroyed');
  expect(world.agent.of('vm.destroy').map(({ target }) => target)).toEqual(['vm:1000']);
});

test('twenty nodes are deployed, none before the node that it depends on is ready', async () => {
  const first = world.agent.commands.length;
  const { rangeId, jobId } = await world.deploy({ nodes: [aNode('dc', 5), ...nodes(20, ['dc'])] });

  await world.reaches(jobId, 'succeeded');

  const order = world.agent.commands.slice(first).map(({ kind, mark }) => `${kind} ${mark?.node ?? ''}`);
  const ready = order.indexOf('vm.ready dc');
  expect(order.filter((step) => step.startsWith('vm.start ws-'))).toHaveLength(20);
  expect(order.findIndex((step) => step.startsWith('vm.start ws-'))).toBeGreaterThan(ready);
  expect(await world.rangeState(rangeId)).toBe('ready');
  const events = await world.events(rangeId);
  expect(events.slice(0, 2)).toEqual(['job.started', 'job.planned']);
  expect(events.slice(-2)).toEqual(['range.state_changed', 'job.succeeded']);
  await world.reaches(await world.destroy(rangeId), 'succeeded');
});

test('the trace of the request goes on to the agent, and no other is begun', async () => {
  const [traceId, request] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  const collector = await collectSpans();
  const traced = await World.start('tcp', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  const { jobId } = await traced.deploy({ nodes: nodes(1) });
  await traced.sql.query(`UPDATE job SET traceparent = $2 WHERE id = $1`, [jobId, `00-${traceId}-${request}-01`]);
  await traced.reaches(jobId, 'succeeded');

  const sent = (names: readonly string[]) => names.filter((name) => name === 'bus agent.command').length;
  const spans = await collector.waitFor(traceId, (seen) => sent(seen.map(({ name }) => name)) >= 5);

  const known = new Set([request, ...spans.map(({ spanId }) => spanId)]);
  expect(spans.map(({ name }) => name)).toContain('job.advance');
  expect(drawTree(spans.filter(({ parentSpanId }) => !known.has(parentSpanId)))).toBe('');
  expect(traced.agent.commands[0]?.traceparent).toContain(traceId);
});
