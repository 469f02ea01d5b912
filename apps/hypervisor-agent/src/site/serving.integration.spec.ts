import { AGENT_LEASE_MS, HEARTBEAT_INTERVAL_MS } from '@orion/contracts';
import { collectSpans, waitFor } from '@orion/testing';
import { AgentWorld } from '../testing/agent.fixture';

let world: AgentWorld;
beforeAll(async () => {
  world = await AgentWorld.start();
});
beforeEach(() => world.renew());

test('heartbeats tell what runs with its task, how many slots are free, and how Proxmox is', async () => {
  await world.serve({ ORION_AGENT_SLOTS: '5' });
  const hold = await world.cluster.hold('vm.clone', 'task');
  const { commandId } = await world.begin(world.clone(world.newVmId()));
  const handle = await world.orchestrator.taskOf({ commandId });

  const { heartbeats, registrations } = world.orchestrator;
  const beat = await waitFor(() => heartbeats.find(({ running }) => running[0]?.handle !== undefined));

  expect(beat).toMatchObject({
    bootId: registrations.at(-1)?.bootId,
    generation: world.orchestrator.generation,
    running: [{ commandId, handle }],
    freeSlots: 4,
    hypervisorVersion: '9.1.9',
  });
  expect(Date.parse(beat.hypervisorAnsweredAt ?? '')).toBeGreaterThan(Date.now() - 10_000);
  expect(beat.commandKinds).toContain('vm.clone@1');
  await hold.release();
});

test('a heartbeat that is not answered is repeated at once, not after another interval', async () => {
  const { orchestrator } = world;
  await world.serve();
  const before = orchestrator.heartbeats.length;
  orchestrator.silentBeats = 3;
  await waitFor(() => orchestrator.heartbeats.length > before, { describe: 'the first that is not answered' });
  await waitFor(() => orchestrator.heartbeats.length >= before + 4, {
    describe: 'three repetitions',
    timeoutMs: HEARTBEAT_INTERVAL_MS,
  });
});

test('an agent that nobody confirms any more begins no change, until it is confirmed again', async () => {
  const { orchestrator, cluster } = world;
  const agent = await world.serve();
  const hold = await cluster.hold('vm.clone', 'task');
  const command = await world.begin(world.clone(world.newVmId()));
  await orchestrator.taskOf(command);
  const before = orchestrator.heartbeats.length;
  orchestrator.silentBeats = Infinity;
  // Each waits for its answer longer than a fifth of a second, so that the lease is over after so many.
  const beats = before + AGENT_LEASE_MS / 200;
  await waitFor(() => orchestrator.heartbeats.length > beats, { describe: 'heartbeats in vain', timeoutMs: 20_000 });

  await hold.release();
  await waitFor(() => agent.log.some(({ msg }) => String(msg).startsWith('Beginning no changes')));
  expect(await cluster.calls('PUT', '/config')).toBe(0);
  orchestrator.silentBeats = 0;

  expect(await orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
  expect(await cluster.calls('PUT', '/config')).toBeGreaterThan(0);
});

test('an agent that another one has replaced begins nothing more and tells nothing more', async () => {
  const agent = await world.serve({ ORION_AGENT_SLOTS: '1' });
  const hold = await world.cluster.hold('vm.clone', 'task');
  world.orchestrator.losesReplyTo = ({ fact }) => fact.type === 'task';
  const first = await world.begin(world.clone(world.newVmId()));
  await world.orchestrator.taskOf(first);
  const second = await world.begin(world.clone(world.newVmId()));

  world.orchestrator.generation += 1;
  await waitFor(() => agent.log.some(({ msg }) => String(msg).startsWith('Another agent serves this site')));
  await hold.release();
  await waitFor(async () => (await world.cluster.runningTasks()).length === 0);
  const [beats, told] = [world.orchestrator.heartbeats.length, world.orchestrator.events.length];

  const begun = async () => (await world.cluster.calls('POST', '/clone')) > 1;
  await expect(waitFor(begun, { timeoutMs: 2_500 })).rejects.toThrow('in vain');
  expect(await world.orchestrator.command({ ...second, generation: world.orchestrator.generation })).toMatchObject({
    code: 'agent.generation_mismatch',
  });
  expect(world.orchestrator.heartbeats).toHaveLength(beats);
  expect(world.orchestrator.events).toHaveLength(told);
});

test('an agent that is not admitted asks again until it is, and takes nothing before', async () => {
  const { orchestrator } = world;
  orchestrator.admits = false;
  const before = orchestrator.registrations.length;
  await world.spawn();
  await waitFor(() => orchestrator.registrations.length >= before + 2);
  const command = world.clone(world.newVmId());
  expect(await orchestrator.command(command)).toMatchObject({ code: 'agent.generation_mismatch' });

  orchestrator.admits = true;

  const ack = await waitFor(async () => {
    const answer = await orchestrator.command({ ...command, generation: orchestrator.generation });
    return answer.status !== 'refused' && answer;
  });
  expect(ack).toEqual({ status: 'accepted' });
  expect(await orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
});

test('an agent that was forgotten registers again, and what it was doing goes on', async () => {
  const { orchestrator } = world;
  await world.serve();
  const hold = await world.cluster.hold('vm.clone', 'task');
  const command = await world.begin(world.clone(world.newVmId()));
  await orchestrator.taskOf(command);
  const [earlier, lives] = [orchestrator.generation, orchestrator.registrations.length];

  orchestrator.remembers = false;
  await waitFor(() => orchestrator.registrations.length > lives);
  await hold.release();

  expect(await orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
  expect(orchestrator.eventsOf(command.commandId).at(-1)).toMatchObject({ generation: earlier + 1 });
  expect(orchestrator.registrations.at(-1)?.bootId).toBe(orchestrator.registrations.at(-2)?.bootId);
});

test('SIGTERM ends an agent in time and in order, and its next life finishes what it had begun', async () => {
  const agent = await world.serve();
  const hold = await world.cluster.hold('vm.clone', 'task');
  const command = await world.begin(world.clone(world.newVmId()));
  await world.orchestrator.taskOf(command);

  const asked = performance.now();
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - asked).toBeLessThan(5_000);
  expect(world.orchestrator.facts(command.commandId).at(-1)).toMatchObject({ type: 'task' });
  expect(await world.cluster.runningTasks()).toHaveLength(1);

  await world.serve();
  await hold.release();
  expect(await world.orchestrator.outcomeOf(command)).toMatchObject({ status: 'succeeded' });
  expect(await world.cluster.counters()).toMatchObject({ clones: 1 });
});

test('the spans of a command are children of the trace that came with it', async () => {
  const collector = await collectSpans();
  const [traceId, parentSpanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
  await world.serve({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });

  await world.perform(world.clone(world.newVmId(), { traceparent: `00-${traceId}-${parentSpanId}-01` }));

  const spans = await collector.waitFor(traceId, (seen) => seen.some(({ name }) => name === 'agent vm.clone'));
  const performed = spans.find(({ name }) => name === 'agent vm.clone');
  expect(performed).toMatchObject({ parentSpanId, service: 'orion-hypervisor-agent', failed: false });
  const ids = new Set([parentSpanId, ...spans.map(({ spanId }) => spanId)]);
  expect(spans.filter((span) => !ids.has(span.parentSpanId))).toEqual([]);
});
