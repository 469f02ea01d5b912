import type { Patch } from '@orion/testing';
import { AGENT_PATTERNS, ORCHESTRATOR_PATTERNS } from '@orion/contracts';
import type { Part } from '../guarantees/installation';

/**
 * What goes on meanwhile: a deploy; one that is cancelled while its clone runs; one whose agent is started again while its
 * clone runs; an agent that comes with a blank journal.
 */
export type Work = 'deploy' | 'cancel' | 'return' | 'blank';

/** A place in a process where it is killed, as text of a compiled module. */
export interface CrashPoint {
  readonly name: string;
  readonly part: Part;
  readonly work: Work;
  /** The module with the process killed there as soon as the file `armed` exists. */
  patch(armed: string): Patch;
}

/** Text of a module, and the same with a kill beside it. */
interface Place {
  readonly find: string;
  put(kill: string): string;
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

function around(find: string, behind = (kill: string) => `${find} ${kill}`): Pick<Boundary, 'before' | 'after'> {
  return { before: { find, put: (kill) => `${kill} ${find}` }, after: { find, put: behind } };
}

const JOURNAL = {
  module: 'apps/hypervisor-agent/dist/journal/journal.js',
  ...around('await this.log.append(record);'),
};

const COMMIT = {
  module: 'libs/persistence/dist/database/transaction.js',
  ...around("const [{ command }] = await Promise.all([client.query('COMMIT'), begun, ...last]);"),
};
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
const sends = (pattern: string) => ({
  what: `sends ${pattern}`,
  module: 'libs/agent-bus/dist/bus-client.js',
  ...around(
    'const answer = (0, contracts_1.checkReply)(pattern, (0, bus_reply_1.openReply)(await this.exchange(pattern, message)));',
  ),
  ...meant(pattern),
});

/** An answer on its way out; after it is when NATS has it. */
const RESPOND = 'message.respond(Buffer.from(JSON.stringify(reply)));';
const answers = (pattern: string) => ({
  what: `answers ${pattern}`,
  module: 'libs/agent-bus/dist/nats/nats-server.strategy.js',
  ...around(RESPOND, (kill) => `${RESPOND} await this.link.connected?.flush(); ${kill}`),
  ...meant(pattern),
});

const TO_AGENT = Object.values(AGENT_PATTERNS);
const TO_ORCHESTRATOR = Object.values(ORCHESTRATOR_PATTERNS);

const AGENT: readonly Boundary[] = [
  { ...JOURNAL, what: 'journals a command', when: `record.type === 'accepted'` },
  { ...JOURNAL, what: 'journals the command of a clone', when: `record.command?.kind === 'vm.clone'` },
  { ...JOURNAL, what: 'journals a task', when: `record.type === 'task'` },
  { ...JOURNAL, what: 'journals that a command began', when: `record.fact?.type === 'started'` },
  { ...JOURNAL, what: 'journals the fact of a task', when: `record.fact?.type === 'task'` },
  { ...JOURNAL, what: 'journals an outcome', when: `record.fact?.type === 'ended'`, skip: 1 },
  { ...JOURNAL, what: 'journals that a fact was recorded', when: `record.type === 'recorded'` },
  { ...JOURNAL, what: 'journals a fence', when: `record.type === 'sequences'`, work: 'cancel' },
  {
    what: 'puts a compacted journal in place',
    module: 'apps/hypervisor-agent/dist/journal/record-log.js',
    ...around('await (0, promises_1.rename)(draft, this.path);'),
    work: 'return',
  },
  ...TO_AGENT.map(answers),
  ...TO_ORCHESTRATOR.map(sends),
  { ...sends(ORCHESTRATOR_PATTERNS.event), what: 'sends a later fact', skip: 3 },
  { ...JOURNAL, what: 'journals that it has caught up', when: `record.type === 'caught-up'`, work: 'blank' },
];

const ORCHESTRATOR: readonly Boundary[] = [
  ...[0, 1, 2, 3, 5, 7, 9, 11].map((skip) => ({ ...COMMIT, what: `commits, ${skip} commits later`, skip })),
  { ...COMMIT, what: 'commits during a cancel', skip: 4, work: 'cancel' },
  {
    what: 'notes that a command was acknowledged',
    module: 'apps/orchestrator/dist/dispatch/send-commands.js',
    ...around('await persistence_1.CommandStore.acknowledge(this.source, acknowledged);'),
  },
  ...TO_AGENT.map(sends),
  { ...sends(AGENT_PATTERNS.command), what: 'sends a later command', skip: 2 },
  {
    what: 'answers a fact',
    module: 'apps/orchestrator/dist/facts/fact-batcher.js',
    ...around('const recorded = await this.recordFacts.execute(batch.map(({ event }) => event));'),
  },
];

/** What is written with the commit tells a change from a reading. */
const ACCEPTS = 'void reply.status(value.status).headers(value.headers);';
const WAKES = 'const sent = this.send(wakeUp).finally(() => (this.pending -= 1));';
const GATEWAY: readonly Boundary[] = [
  { ...COMMIT, what: 'commits a job', when: 'last.length > 0' },
  { ...COMMIT, what: 'commits a cancel', work: 'cancel' },
  {
    what: 'wakes an orchestrator',
    module: 'libs/job-queue/dist/job-waker.js',
    ...around(WAKES, (kill) => `${WAKES} sent.then(() => { ${kill} });`),
  },
  {
    what: 'answers that a job is accepted',
    module: 'apps/gateway/dist/http/answer.interceptor.js',
    when: 'value.status === 202',
    ...around(ACCEPTS, (kill) => `${ACCEPTS} reply.raw.once('finish', () => { ${kill} });`),
  },
];

/** Every boundary, before and after. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...AGENT.flatMap((boundary) => bothSides('agent', boundary)),
  ...ORCHESTRATOR.flatMap((boundary) => bothSides('orchestrator', boundary)),
  ...GATEWAY.flatMap((boundary) => bothSides('gateway', boundary)),
];

function bothSides(part: Part, boundary: Boundary): readonly CrashPoint[] {
  const { what, module, when = 'true', skip = 0, work = 'deploy' } = boundary;
  return (['before', 'after'] as const).map((side) => ({
    name: `the ${part}, ${side} it ${what}`,
    part,
    work,
    patch: (armed) => {
      const { find, put } = boundary[side];
      return { module, find, replace: put(`orionTestKill(${JSON.stringify(armed)}, ${skip}, ${when});`) };
    },
  }));
}
