import * as fc from 'fast-check';
import { isEnded, type JobKind } from '@orion/domain';
import { Clients } from './clients';
import { breaches } from './invariants';
import { World, type Guards } from './world';

/** What happens from outside, between turns of the scheduler. */
type Happening =
  | { readonly is: 'turns'; readonly count: number }
  | { readonly is: 'submit'; readonly range: number; readonly kind: JobKind; readonly rollback: boolean }
  | { readonly is: 'cancel' | 'retry'; readonly range: number }
  | { readonly is: 'sweep' | 'kill' | 'freeze' | 'let go' | 'sever'; readonly which: number }
  | { readonly is: 'beat' | 'second agent' }
  | { readonly is: 'restart agent'; readonly journal: 'kept' | 'lost' }
  | { readonly is: 'time'; readonly ms: number };

export interface History {
  readonly scheduler: fc.Scheduler;
  readonly seed: number;
  /** One message in so many is lost, doubled or late; the same for each of the four ways. */
  readonly lossOneIn: number;
  /** What does not happen in this history: some breaches show only where other faults do not hide them. */
  readonly spared: readonly Happening['is'][];
  readonly happenings: readonly Happening[];
}

const RANGES = 2;
const SHORTEST_TIMEOUT_MS = 60_000;
/** Rounds of three seconds in which a job that is being stopped waits for its agent. */
const STOPPING_ROUNDS = 45;
const KINDS: readonly JobKind[] = ['range.destroy', 'range.stop', 'range.start'];

const range = fc.nat(RANGES - 1);
const which = fc.nat(1);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ is: fc.constant('turns'), count: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('turns'), count: fc.integer({ min: 300, max: 1_500 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ is: fc.constant('submit'), range, kind: fc.constant('range.deploy'), rollback: fc.boolean() },
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ is: fc.constant('submit'), range, kind: fc.constantFrom(...KINDS), rollback: fc.constant(false) },
    }),
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constantFrom('cancel', 'retry'), range }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('sweep'), which }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constantFrom('kill', 'freeze', 'let go', 'sever'), which }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constantFrom('beat', 'beat', 'second agent') }) },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constant('restart agent'), journal: fc.constantFrom('kept', 'kept', 'lost') }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('time'), ms: fc.constantFrom(100, 3_000, 7_000) }) },
);

const base = { scheduler: fc.scheduler(), seed: fc.nat() };
const turns = (min: number, max: number): fc.Arbitrary<Happening> =>
  fc.record({ is: fc.constant('turns'), count: fc.integer({ min, max }) });
const always = (one: Happening): fc.Arbitrary<Happening> => fc.constant(one);

/** Any order of requests, faults and turns. */
export const anyOrder: fc.Arbitrary<History> = fc.record({
  ...base,
  lossOneIn: fc.constantFrom(8, 30, 1_000),
  spared: fc.subarray<Happening['is']>([
    ...['second agent', 'restart agent', 'kill', 'freeze', 'sever', 'retry', 'time', 'sweep'],
  ] as Happening['is'][]),
  happenings: fc.array(happening, { minLength: 4, maxLength: 30, size: 'max' }),
});
/** A deploy is cancelled while its first commands are on a bus that loses much. */
export const cancelledOnTheWay: fc.Arbitrary<History> = fc.record({
  ...base,
  ...{ lossOneIn: fc.constantFrom(5, 8), spared: fc.constant([]) },
  happenings: fc.tuple(turns(40, 200), always({ is: 'cancel', range: 0 }), turns(200, 900)),
});
/** An agent dies between the order to stop and its end. */
export const restartedWhileStopping: fc.Arbitrary<History> = fc.record({
  ...base,
  ...{ lossOneIn: fc.constantFrom(30, 1_000), spared: fc.constant([]) },
  happenings: fc.tuple(
    ...[turns(80, 900), always({ is: 'cancel', range: 0 }), turns(5, 60)],
    ...[always({ is: 'restart agent', journal: 'kept' }), turns(50, 300)],
  ),
});

/** What may happen, with any interleaving of what runs meanwhile. */
export const histories: fc.Arbitrary<History> = fc.oneof(
  { weight: 3, arbitrary: anyOrder },
  { weight: 1, arbitrary: cancelledOnTheWay },
  { weight: 1, arbitrary: restartedWhileStopping },
);

/** Plays a history, lets everything come to rest without further faults, and answers what must not be. */
export async function play(history: History, guards: Guards): Promise<readonly string[]> {
  const { scheduler, seed, lossOneIn, spared, happenings } = history;
  const world = await World.start(scheduler, seed, guards);
  try {
    world.wire.lossOneIn = lossOneIn;
    const clients = new Clients(world);
    clients.submit(0, 'range.deploy');
    for (const one of happenings) if (!spared.includes(one.is)) await happen(world, clients, one);
    await comeToRest(world, clients);
    return breaches(world, clients);
  } finally {
    await world.bury();
  }
}

async function happen(world: World, clients: Clients, one: Happening): Promise<void> {
  switch (one.is) {
    case 'turns':
      await world.run(one.count);
      return;
    case 'submit':
      clients.submit(one.range, one.kind, one.rollback ? 'rollback' : 'keep');
      return;
    case 'cancel':
      clients.cancel(one.range);
      return;
    case 'retry':
      clients.retry(one.range);
      return;
    case 'sweep':
      void world.orchestrators[one.which]?.sweep.execute();
      return;
    case 'kill':
      world.killOrchestrator(one.which);
      return;
    case 'freeze':
      world.freeze(one.which);
      return;
    case 'let go':
      world.orchestrators[one.which]?.process.letGo();
      return;
    case 'sever':
      world.database.sever(world.orchestrators[one.which]?.process);
      return;
    case 'beat':
      world.beat();
      return;
    case 'second agent':
      await world.startSecondAgent();
      return;
    case 'restart agent':
      await world.restartAgent(one.journal);
      return;
    case 'time':
      world.database.now += one.ms;
  }
}

/** Rounds of three seconds each, until all jobs have ended and nothing is under way; longer ones when nothing moves. */
async function comeToRest(world: World, clients: Clients): Promise<void> {
  const { database, orchestrators, wire, cluster } = world;
  wire.calm = true;
  cluster.calm = true;
  for (const { process } of orchestrators) process.letGo();
  world.timedOut = database.now > SHORTEST_TIMEOUT_MS;
  for (let round = 0, still = 0; round < 300; round++) {
    await world.run(4_000);
    const jobs = clients.accepted.map((id) => database.tables.job.rows.get(id));
    const before = JSON.stringify(jobs);
    if (jobs.every((job) => job !== undefined && isEnded(job.state)) && still > 0) return;
    const patience = still > STOPPING_ROUNDS;
    world.timedOut ||= patience;
    database.now += patience ? 60_000 : 3_000;
    world.beat();
    await world.run(4_000);
    for (const { sweep } of orchestrators) void sweep.execute();
    await world.run(4_000);
    const after = JSON.stringify(clients.accepted.map((id) => database.tables.job.rows.get(id)));
    still = before === after ? still + 1 : 0;
  }
}
