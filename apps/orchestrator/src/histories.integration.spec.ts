import type { CommandEnvelope } from '@orion/contracts';
import { isEnded, type StepOutcome } from '@orion/domain';
import { waitFor, waitUntil } from '@orion/testing';
import * as fc from 'fast-check';

import { nodes, World } from './orchestrator.fixture';

const SEED = Number(process.env['SEED'] || Date.now() % 2 ** 31);
const HISTORIES = 32;
const SUCCESS: StepOutcome = { status: 'succeeded', result: {} };
const REFUSED: StepOutcome = {
  status: 'failed',
  error: { code: 'hypervisor.rejected', class: 'permanent', detail: 'It failed.' },
};
const LOCKED: StepOutcome = {
  status: 'failed',
  error: { code: 'hypervisor.locked', class: 'conflict', detail: 'It is locked.' },
};
const FATES = ['succeeds', 'succeeds', 'succeeds', 'told twice', 'told backwards', 'refused', 'locked'] as const;
type Fate = (typeof FATES)[number];

/** A range of some nodes, what comes of its first commands, and what is asked of its job after so many steps. */
const history = fc.record({
  count: fc.integer({ min: 1, max: 3 }),
  rollback: fc.boolean(),
  fates: fc.array(fc.constantFrom<Fate>(...FATES), { maxLength: 12 }),
  requests: fc.array(fc.record({ ask: fc.constantFrom('cancel', 'retry', 'destroy'), after: fc.nat(8) }), {
    maxLength: 3,
  }),
});
type History = typeof history extends fc.Arbitrary<infer H> ? H : never;

let world: World;
const fates = new Map<string, Fate[]>();
const telling: Promise<unknown>[] = [];

/** Facts as a bus and an agent that repeat themselves bring them: the last first, the last twice. */
async function tell(command: CommandEnvelope, backwards: boolean): Promise<void> {
  const ended = { type: 'ended', outcome: SUCCESS } as const;
  const send = (number: number, fact: Parameters<World['agent']['send']>[2]) =>
    waitFor(() => world.agent.send(command, number, fact), { timeoutMs: 10_000 });
  if (!backwards) await send(1, { type: 'started' });
  await Promise.all([send(3, ended), send(3, ended)]);
  if (backwards) await send(1, { type: 'started' });
}

async function play({ count, rollback, fates: drawn, requests }: History): Promise<void> {
  const { rangeId, jobId } = await world.deploy({ nodes: nodes(count) }, rollback ? { onFailure: 'rollback' } : {});
  fates.set(rangeId, [...drawn]);
  let last = jobId;
  for (const { ask, after } of requests) {
    const job = await waitUntil(
      () => world.job(last),
      ({ state, steps_done: done }) => isEnded(state) || done >= after,
      { timeoutMs: 30_000, describe: 'the moment of a request' },
    );
    if (ask === 'cancel' && !isEnded(job.state)) await world.cancel(last);
    if (ask === 'retry' && job.state === 'failed' && (await world.rangeState(rangeId)) !== 'destroyed')
      await world.retry(last);
    if (ask === 'destroy' && isEnded(job.state) && (await world.rangeState(rangeId)) !== 'destroyed')
      last = await world.destroy(rangeId);
  }
  await waitUntil(
    () => world.job(last),
    ({ state }) => isEnded(state),
    { timeoutMs: 40_000, describe: 'the end of the last job' },
  );
}

test('whatever comes of commands and whatever is asked meanwhile, on PostgreSQL every promise holds at rest', async () => {
  process.stdout.write(`histories: SEED=${SEED} HISTORIES=${HISTORIES}\n`);
  world = await World.start('nats');
  await world.startAnother();
  world.agent.script = (command) => {
    const fate = fates.get(command.rangeId ?? '')?.shift() ?? 'succeeds';
    if (fate === 'refused') return REFUSED;
    if (fate === 'locked') return LOCKED;
    if (fate === 'succeeds') return SUCCESS;
    telling.push(tell(command, fate === 'told backwards'));
    return 'hold';
  };

  await Promise.all(fc.sample(history, { numRuns: HISTORIES, seed: SEED }).map(play));
  await Promise.all(telling);

  expect(await world.rows(`SELECT id, kind, state FROM job WHERE state IN ('pending', 'running')`)).toEqual([]);
  expect(
    await world.rows(`SELECT step_id FROM event WHERE type = 'step.succeeded' GROUP BY step_id HAVING count(*) > 1`),
  ).toEqual([]);
  expect(await world.rows(`SELECT id FROM step WHERE waiting_on < 0`)).toEqual([]);
  expect(
    await world.rows(`SELECT id, kind, state FROM step WHERE state IN ('waiting', 'ready', 'dispatched', 'running')`),
  ).toEqual([]);
  expect(
    await world.rows(`SELECT target, sequence FROM command GROUP BY target, sequence HAVING count(*) > 1`),
  ).toEqual([]);
  expect(
    await world.rows(
      `SELECT j.id, j.kind FROM job j JOIN step s ON s.job_id = j.id AND s.phase = 'forward'
        WHERE j.state = 'succeeded' AND s.state <> 'succeeded'`,
    ),
  ).toEqual([]);
}, 120_000);
