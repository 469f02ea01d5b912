import { waitFor } from '@orion/testing';
import type { StepError, StepOutcome } from '@orion/domain';
import { aNode, nodes, World } from './orchestrator.fixture';

let world: World;
beforeAll(async () => {
  world = await World.start('tcp', { ORION_STEP_GRACE: '0ms' });
});
afterEach(() => {
  world.agent.script = () => ({ status: 'succeeded', result: {} });
});

const failed = (error: Pick<StepError, 'class' | 'code'>): StepOutcome => ({
  status: 'failed',
  error: { detail: 'It failed.', ...error },
});
const SUCCESS = { status: 'succeeded', result: {} } as const;
const PERMANENT = failed({ code: 'hypervisor.rejected', class: 'permanent' });
const BRIEF = failed({ code: 'hypervisor.lock_timeout', class: 'retryable' });

test('a failure that passes is tried again after a back-off, with a higher sequence', async () => {
  world.agent.script = ({ kind, attempt }) =>
    kind === 'vm.clone' && attempt === 1 ? BRIEF : { status: 'succeeded', result: {} };
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(1) });

  await waitFor(async () => (await world.events(rangeId)).includes('step.retrying'));
  await world.sql.query(`UPDATE step SET due_at = now() WHERE job_id = $1 AND state = 'ready'`, [jobId]);
  await world.reaches(jobId, 'succeeded');

  const clones = world.agent.of('vm.clone').filter((command) => command.jobId === jobId);
  expect(clones.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(clones[1]?.sequence).toBeGreaterThan(clones[0]?.sequence ?? 0);
  await world.reaches(await world.destroy(rangeId), 'succeeded');
});

test('a retry goes on at the step that failed and repeats nothing', async () => {
  world.agent.script = ({ kind }) => (kind === 'vm.start' ? PERMANENT : { status: 'succeeded', result: {} });
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(2) });
  expect(await world.reaches(jobId, 'failed')).toMatchObject({ error: { code: 'job.steps_failed' } });
  expect(await world.rangeState(rangeId)).toBe('degraded');

  world.agent.script = () => ({ status: 'succeeded', result: {} });
  await world.retry(jobId);
  await world.reaches(jobId, 'succeeded');

  const kinds = world.agent.commands.filter((command) => command.jobId === jobId).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'vm.clone')).toHaveLength(2);
  expect(kinds.filter((kind) => kind === 'vm.start')).toHaveLength(4);
  expect(await world.rangeState(rangeId)).toBe('ready');
  await world.reaches(await world.destroy(rangeId), 'succeeded');
});

test('a rollback removes exactly what the job made', async () => {
  world.agent.script = ({ kind, mark }) =>
    kind === 'vm.configure' && mark?.node === 'ws-2' ? PERMANENT : { status: 'succeeded', result: {} };
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(2) }, { onFailure: 'rollback' });

  const job = await world.reaches(jobId, 'failed');

  expect(job).toMatchObject({ phase: 'compensate', error: { code: 'job.steps_failed' } });
  const made = world.agent.of('vm.clone').filter((command) => command.jobId === jobId);
  const removed = world.agent.of('vm.destroy').filter((command) => command.jobId === jobId);
  expect(removed.map(({ target }) => target).sort()).toEqual(made.map(({ target }) => target).sort());
  expect(await world.rangeState(rangeId)).toBe('destroyed');
});

test('a cancel half-way stops what runs, sends nothing more, and removes what was made', async () => {
  world.agent.script = ({ kind }) => (kind === 'vm.configure' ? 'hold' : { status: 'succeeded', result: {} });
  const { jobId, rangeId } = await world.deploy({ nodes: [aNode('a', 5)] });
  const held = await waitFor(() => world.agent.of('vm.configure').find((command) => command.jobId === jobId));

  await world.cancel(jobId);
  const cancellation = await waitFor(() => world.agent.cancelled.find(({ commandId }) => commandId === held.commandId));
  expect(cancellation.sequence).toBeGreaterThan(held.sequence);
  expect((await world.agent.beat()).cancellations).toContainEqual(cancellation);
  await world.agent.end(held, { status: 'cancelled' });

  await world.reaches(jobId, 'cancelled');
  expect(await world.rangeState(rangeId)).toBe('destroyed');
  const kinds = world.agent.commands.filter((command) => command.jobId === jobId).map(({ kind }) => kind);
  expect(kinds).not.toContain('vm.start');
  expect(kinds.slice(-2)).toEqual(['vm.destroy', 'network.remove']);
  expect((await world.agent.beat()).cancellations).toEqual([]);
});

test('a retry that is cancelled before it begins undoes what the first attempt made', async () => {
  world.agent.script = ({ kind }) => (kind === 'vm.start' ? PERMANENT : SUCCESS);
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(1) });
  await world.reaches(jobId, 'failed');

  await world.sql.query(
    `UPDATE job SET state = 'pending', attempt = 2, error = NULL, ended_at = NULL, cancel_requested_at = now()
      WHERE id = $1`,
    [jobId],
  );

  await world.reaches(jobId, 'cancelled');
  expect(world.agent.of('vm.destroy').some((command) => command.jobId === jobId)).toBe(true);
  expect(await world.rangeState(rangeId)).toBe('destroyed');
});

test('a rollback that failed and is retried goes on to its end, also when it is cancelled meanwhile', async () => {
  world.agent.script = ({ kind }) => (kind === 'vm.start' || kind === 'vm.destroy' ? PERMANENT : SUCCESS);
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(1) }, { onFailure: 'rollback' });
  expect(await world.reaches(jobId, 'failed')).toMatchObject({ phase: 'compensate' });

  world.agent.script = () => SUCCESS;
  await world.sql.query(
    `UPDATE job SET state = 'pending', attempt = 2, error = NULL, ended_at = NULL, cancel_requested_at = now()
      WHERE id = $1`,
    [jobId],
  );

  await world.reaches(jobId, 'cancelled');
  expect(await world.rangeState(rangeId)).toBe('destroyed');
});

test('a cancel does not wait for a command that its agent never took', async () => {
  world.agent.script = ({ kind }) =>
    kind === 'vm.clone' ? { status: 'refused', code: 'agent.resyncing', detail: 'Catching up.' } : SUCCESS;
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(1) });
  await waitFor(() => world.agent.of('vm.clone').find((command) => command.jobId === jobId));

  await world.cancel(jobId);

  await world.reaches(jobId, 'cancelled');
  expect(await world.rangeState(rangeId)).toBe('destroyed');
});

test('a step whose agent says nothing is fenced and tried again; in the end its outcome is unknown', async () => {
  world.agent.script = ({ kind }) => (kind === 'vm.ready' ? 'hold' : { status: 'succeeded', result: {} });
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(1) });
  const readies = () => world.agent.of('vm.ready').filter((command) => command.jobId === jobId);
  const outOfTime = () =>
    world.sql.query(
      `UPDATE step SET dispatched_at = now() - interval '1 day', started_at = NULL WHERE job_id = $1 AND state = 'dispatched'`,
      [jobId],
    );

  await waitFor(() => readies().length === 1);
  await outOfTime();
  await waitFor(async () => (await world.events(rangeId)).includes('step.retrying'));
  await world.sql.query(`UPDATE step SET due_at = now() WHERE job_id = $1 AND state = 'ready'`, [jobId]);
  await waitFor(() => readies().length === 2);
  expect(readies()[1]?.sequence).toBeGreaterThan((readies()[0]?.sequence ?? 0) + 1);
  await outOfTime();

  expect(await world.reaches(jobId, 'failed')).toMatchObject({ error: { code: 'step.outcome_unknown' } });
  expect(await world.rangeState(rangeId)).toBe('degraded');
  await world.reaches(await world.destroy(rangeId), 'succeeded');
});

test('a job past its deadline fails, and what it had in flight is fenced', async () => {
  world.agent.script = ({ kind }) => (kind === 'vm.clone' ? 'hold' : { status: 'succeeded', result: {} });
  const { jobId, rangeId } = await world.deploy({ nodes: nodes(1) });
  const clone = await waitFor(() => world.agent.of('vm.clone').find((command) => command.jobId === jobId));

  await world.sql.query(`UPDATE job SET deadline_at = now(), changed_at = now() - interval '1 minute' WHERE id = $1`, [
    jobId,
  ]);

  expect(await world.reaches(jobId, 'failed')).toMatchObject({ error: { code: 'job.deadline_exceeded' } });
  await waitFor(() => world.agent.cancelled.some(({ commandId }) => commandId === clone.commandId));
  expect(await world.rangeState(rangeId)).toBe('degraded');
});

test('what does not fit is said before anything is made', async () => {
  const before = world.agent.commands.length;
  const large = { ...aNode('large', 9), resources: { cpus: 1, memoryMiB: 1_000_000 } };

  const { jobId } = await world.deploy({ nodes: [large] });

  const job = await world.reaches(jobId, 'failed');
  expect(job.error).toMatchObject({ code: 'capacity.insufficient', facts: { nodesWithoutPlace: 1 } });
  expect(world.agent.commands).toHaveLength(before);
});
