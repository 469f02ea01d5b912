import type { Patch } from '@orion/testing';
import { AGENT_PATTERNS, ORCHESTRATOR_PATTERNS } from '@orion/contracts';
import type { Part } from '../guarantees/installation';

/**
 * What goes on meanwhile: a deploy; one that is cancelled while its clone runs; a stop; a destroy; a baseline, a
 * reset to one, a change to another revision; a deploy whose agent is started again while its clone runs; an agent that comes with a blank journal; nothing but what an orchestrator does by
 * itself, while a clone runs; an orchestrator that is started again while one does.
 */
export type Work = 'deploy' | 'cancel' | Change | 'return' | 'blank' | 'wait' | 'restart';
/** What is done to a range that is ready. */
export const CHANGES = ['stop', 'destroy', 'baseline', 'reset', 'apply'] as const;
export type Change = (typeof CHANGES)[number];

/** What befalls a process at a point: an end without warning, or a halt with its connections open. */
export type Mishap = 'Kill' | 'Freeze';

/** A place in a process where it can be struck, as text of a compiled module. */
export interface CrashPoint {
  readonly name: string;
  readonly part: Part;
  readonly work: Work;
  /** The module with the process struck there as soon as the file `armed` exists. Any number of points share a process. */
  patch(armed: string, mishap: Mishap): Patch;
}

/** Text of a module, and the same with something beside it. The text itself stays as it is. */
interface Place {
  readonly find: string;
  put(strike: string): string;
}

interface Boundary {
  /** What is done at the boundary: a write, a commit, a message, an answer. */
  readonly what: string;
  readonly module: string;
  readonly before: Place;
  readonly after: Place;
  /** JavaScript that tells whether this passage is meant; absent: each. */
  readonly when?: string;
  /** Passages that are let through first. */
  readonly skip?: number;
  readonly work?: Work;
}

const before = (find: string): Place => ({ find, put: (strike) => `${strike} ${find}` });
const after = (find: string): Place => ({ find, put: (strike) => `${find} ${strike}` });
const around = (find: string): Pick<Boundary, 'before' | 'after'> => ({ before: before(find), after: after(find) });

/** What the agent writes down; on disk when it returns. */
const journals = (what: string, when: string, more: Partial<Boundary> = {}): Boundary => ({
  what: `journals ${what}`,
  module: 'apps/hypervisor-agent/dist/journal/journal.js',
  ...around('await this.log.append(record);'),
  when,
  ...more,
});

/** Text by which the work of a transaction is known, by what it commits. */
const TRANSACTIONS = {
  'a turn of a job': 'this.turn(',
  'what it dispatches': 'this.dispatch(',
  facts: 'this.record(',
  'the picture of a site': 'this.receive(',
  estimates: 'EstimateStore.backlog(',
  'a part of housekeeping': 'TAKE_TIME',
} as const;
/** Of these the last statement does not travel with the commit; of the others that tells a change from a reading. */
const ALWAYS: readonly (keyof typeof TRANSACTIONS)[] = ['the picture of a site', 'estimates', 'a part of housekeeping'];
const WRITES = 'last.length > 0';
const COMMIT = {
  module: 'libs/persistence/dist/database/transaction.js',
  ...around("const [{ command }] = await Promise.all([client.query('COMMIT'), begun, ...last]);"),
};
const commits = (what: keyof typeof TRANSACTIONS, more: Partial<Boundary> = {}): Boundary => {
  const known = `String(work).includes('${TRANSACTIONS[what]}')`;
  const { work, skip } = more;
  return {
    ...COMMIT,
    what: `commits ${what}${skip === undefined ? '' : `, ${skip} such commits later,`}${work ? ` of a ${work}` : ''}`,
    when: ALWAYS.includes(what) ? known : `${known} && ${WRITES}`,
    ...more,
  };
};

/** A statement that is a transaction of its own. */
const writes = (what: string, name: string, work: Work = 'deploy'): Boundary => ({
  what,
  module: 'libs/persistence/dist/database/statement.js',
  before: after('const [client, release] = (await source.driver.obtainMasterConnection());'),
  after: after("client.removeListener('error', onBroken);\n        release(broken);"),
  when: `name === '${name}'`,
  work,
});

const WORK_OF_MESSAGES: Readonly<Record<string, Work>> = {
  [AGENT_PATTERNS.cancel]: 'cancel',
  [ORCHESTRATOR_PATTERNS.register]: 'return',
  [ORCHESTRATOR_PATTERNS.sequences]: 'blank',
};
const meant = (pattern: string) => ({
  when: `pattern === '${pattern}'`,
  work: WORK_OF_MESSAGES[pattern] ?? ('deploy' as const),
});

/** A message on its way out; after it is after its answer. */
const sends = (pattern: string): Boundary => ({
  what: `sends ${pattern}`,
  module: 'libs/agent-bus/dist/bus-client.js',
  ...around(
    'const answer = (0, contracts_1.checkReply)(pattern, (0, bus_reply_1.openReply)(await this.exchange(pattern, message)));',
  ),
  ...meant(pattern),
});

/** An answer on its way out; after it is when NATS has it. */
const RESPOND = 'message.respond(Buffer.from(JSON.stringify(reply)));';
const answers = (pattern: string): Boundary => ({
  what: `answers ${pattern}`,
  module: 'libs/agent-bus/dist/nats/nats-server.strategy.js',
  before: before(RESPOND),
  after: { find: RESPOND, put: (strike) => `${RESPOND} await this.link.connected?.flush(); ${strike}` },
  ...meant(pattern),
});

const TO_AGENT = Object.values(AGENT_PATTERNS);
const TO_ORCHESTRATOR = Object.values(ORCHESTRATOR_PATTERNS);

const AGENT: readonly Boundary[] = [
  journals('the command of a clone', `record.command?.kind === 'vm.clone'`),
  journals('a task', `record.type === 'task'`),
  journals('the task of a stop', `record.type === 'task'`, { work: 'stop' }),
  ...(['destroy', 'baseline', 'reset', 'apply'] as const).map((work) => {
    return journals(`the task of a ${work}`, `record.type === 'task'`, { work });
  }),
  journals('that a command began', `record.fact?.type === 'started'`),
  journals('the fact of a task', `record.fact?.type === 'task'`),
  journals('an outcome', `record.fact?.type === 'ended'`, { skip: 1 }),
  journals('the outcome of a stop', `record.fact?.type === 'ended'`, { work: 'stop' }),
  ...(['destroy', 'baseline', 'reset', 'apply'] as const).map((work) => {
    return journals(`the outcome of a ${work}`, `record.fact?.type === 'ended'`, { work });
  }),
  journals('that a fact was recorded', `record.type === 'recorded'`),
  journals('a fence', `record.type === 'sequences'`, { work: 'cancel' }),
  journals('that it has caught up', `record.type === 'caught-up'`, { work: 'blank' }),
  {
    what: 'forces its journal to disk',
    module: 'apps/hypervisor-agent/dist/journal/record-log.js',
    ...around('await this.file.datasync();'),
    skip: 2,
  },
  {
    what: 'puts a compacted journal in place',
    module: 'apps/hypervisor-agent/dist/journal/record-log.js',
    ...around('await (0, promises_1.rename)(draft, this.path);'),
    work: 'return',
  },
  ...TO_AGENT.map(answers),
  ...TO_ORCHESTRATOR.map(sends),
];

const ORCHESTRATOR_COMMITS: readonly Boundary[] = [
  commits('a turn of a job'),
  ...(['cancel', 'stop', 'destroy', 'apply'] as const).map((work) => commits('a turn of a job', { work })),
  commits('what it dispatches'),
  commits('what it dispatches', { skip: 2 }),
  ...(['cancel', 'stop', 'destroy'] as const).map((work) => commits('what it dispatches', { work })),
  // The next stage of a job in stages.
  ...(['baseline', 'apply'] as const).map((work) => commits('a turn of a job', { work, skip: 1 })),
  commits('facts'),
  ...[1, 3].map((skip) => commits('facts', { skip })),
  ...(['cancel', ...CHANGES] as const).map((work) => commits('facts', { work })),
  commits('the picture of a site'),
  commits('estimates', { work: 'wait' }),
  commits('a part of housekeeping', { work: 'restart' }),
  commits('a part of housekeeping', { work: 'restart', skip: 3 }),
];

const ORCHESTRATOR_MESSAGES: readonly Boundary[] = [
  writes('notes that a command was acknowledged', 'command-acknowledge'),
  writes('notes that an agent registered', 'agent-register', 'return'),
  writes('notes that an agent lives', 'agent-hear'),
  writes('claims commands to send again', 'command-claim-unacknowledged', 'wait'),
  writes('claims cancellations to send again', 'command-claim-cancelling', 'wait'),
  writes('gives up old cancellations', 'command-give-up', 'restart'),
  ...TO_AGENT.map(sends),
  {
    ...sends(AGENT_PATTERNS.command),
    what: 'sends the command of a clone',
    when: `pattern === '${AGENT_PATTERNS.command}' && body.kind === 'vm.clone'`,
  },
  ...TO_ORCHESTRATOR.map(answers),
];

const ACCEPTS = 'void reply.status(value.status).headers(value.headers);';
const WAKES = 'const sent = this.send(wakeUp).finally(() => (this.pending -= 1));';
const GATEWAY: readonly Boundary[] = [
  { ...COMMIT, what: 'commits a deploy', when: WRITES },
  ...(['cancel', 'stop', 'destroy'] as const).map((work) => ({ ...COMMIT, what: `commits a ${work}`, work })),
  {
    what: 'wakes an orchestrator',
    module: 'libs/job-queue/dist/job-waker.js',
    before: before(WAKES),
    after: { find: WAKES, put: (strike) => `${WAKES} sent.then(() => { ${strike} });` },
  },
  {
    what: 'answers that a job is accepted',
    module: 'apps/gateway/dist/http/answer.interceptor.js',
    before: before(ACCEPTS),
    after: { find: ACCEPTS, put: (strike) => `${ACCEPTS} reply.raw.once('finish', () => { ${strike} });` },
    when: 'value.status === 202',
  },
];

/** Every boundary, before and after, in groups that are walked beside each other. */
export const CRASH_POINTS = {
  agent: bothSides('agent', AGENT),
  orchestratorCommits: bothSides('orchestrator', ORCHESTRATOR_COMMITS),
  orchestratorMessages: bothSides('orchestrator', ORCHESTRATOR_MESSAGES),
  gateway: bothSides('gateway', GATEWAY),
} as const;

function bothSides(part: Part, boundaries: readonly Boundary[]): readonly CrashPoint[] {
  return boundaries.flatMap((boundary) =>
    (['before', 'after'] as const).map((side): CrashPoint => {
      const { what, module, when = 'true', skip = 0, work = 'deploy' } = boundary;
      const { find, put } = boundary[side];
      return {
        name: `the ${part}, ${side} it ${what}`,
        part,
        work,
        patch: (armed, mishap) => ({
          module,
          find,
          replace: put(`orionTest${mishap}(${JSON.stringify(armed)}, ${skip}, ${when});`),
        }),
      };
    }),
  );
}

/** A point by its name. */
export function crashPoint(name: string): CrashPoint {
  const point = Object.values(CRASH_POINTS)
    .flat()
    .find((candidate) => candidate.name === name);
  if (point === undefined) throw new Error(`There is no crash point "${name}".`);
  return point;
}
