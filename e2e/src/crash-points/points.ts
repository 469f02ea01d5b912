import type { Patch } from '@orion/testing';
import type { Part } from '../guarantees/installation';

/** A place in a process where it is killed, as text of a compiled module. */
export interface CrashPoint {
  readonly name: string;
  readonly part: Part;
  /** What a client does meanwhile: a deploy, or a deploy that is cancelled while its clone runs. */
  readonly work: 'deploy' | 'cancel';
  /** The module with the process killed there as soon as the file `armed` exists. */
  patch(armed: string): Patch;
}

interface Boundary {
  readonly what: string;
  readonly module: string;
  /** What is done at the boundary: a write, a commit, a message, an answer. */
  readonly does: string;
  /** JavaScript that tells whether this passage is meant; absent: each. */
  readonly when?: string;
  /** Passages that are let through first. */
  readonly after?: number;
  readonly work?: CrashPoint['work'];
}

const JOURNAL = {
  module: 'apps/hypervisor-agent/dist/journal/journal.js',
  does: 'await this.log.append(record);',
} as const;
const MESSAGE = {
  module: 'libs/agent-bus/dist/bus-client.js',
  does: 'const answer = (0, contracts_1.checkReply)(pattern, (0, bus_reply_1.openReply)(await this.exchange(pattern, message)));',
} as const;
const COMMIT = {
  module: 'libs/persistence/dist/database/transaction.js',
  does: "const [{ command }] = await Promise.all([client.query('COMMIT'), begun, ...last]);",
} as const;

const AGENT: readonly Boundary[] = [
  { ...JOURNAL, what: 'journals a command', when: `record.type === 'accepted'` },
  { ...JOURNAL, what: 'journals the command of a clone', when: `record.command?.kind === 'vm.clone'` },
  { ...JOURNAL, what: 'journals a task', when: `record.type === 'task'` },
  { ...JOURNAL, what: 'journals that a command began', when: `record.fact?.type === 'started'` },
  { ...JOURNAL, what: 'journals the fact of a task', when: `record.fact?.type === 'task'` },
  { ...JOURNAL, what: 'journals an outcome', when: `record.fact?.type === 'ended'`, after: 1 },
  { ...JOURNAL, what: 'journals that a fact was recorded', when: `record.type === 'recorded'` },
  { ...JOURNAL, what: 'journals a fence', when: `record.type === 'sequences'`, work: 'cancel' },
  {
    what: 'answers a command',
    module: 'apps/hypervisor-agent/dist/commands/command-desk.js',
    does: "return { status: 'accepted' };",
  },
  {
    what: 'answers a cancel',
    module: 'apps/hypervisor-agent/dist/bus/commands.controller.js',
    does: 'await this.desk.cancel(cancellations);',
    work: 'cancel',
  },
  { ...MESSAGE, what: 'tells a fact', when: `pattern === 'orchestrator.event'` },
  { ...MESSAGE, what: 'tells a later fact', when: `pattern === 'orchestrator.event'`, after: 3 },
  { ...MESSAGE, what: 'sends a heartbeat', when: `pattern === 'orchestrator.heartbeat'` },
  { ...MESSAGE, what: 'sends an inventory', when: `pattern === 'orchestrator.inventory'` },
];

const ORCHESTRATOR: readonly Boundary[] = [
  ...[0, 1, 2, 3, 5, 7, 9, 11].map((after) => ({ ...COMMIT, what: `commits, ${after} commits later`, after })),
  { ...COMMIT, what: 'commits during a cancel', after: 4, work: 'cancel' as const },
  {
    what: 'notes that a command was acknowledged',
    module: 'apps/orchestrator/dist/dispatch/send-commands.js',
    does: 'await persistence_1.CommandStore.acknowledge(this.source, acknowledged);',
  },
  { ...MESSAGE, what: 'sends a command', when: `pattern === 'agent.command'` },
  { ...MESSAGE, what: 'sends a later command', when: `pattern === 'agent.command'`, after: 2 },
  { ...MESSAGE, what: 'sends a cancel', when: `pattern === 'agent.cancel'`, work: 'cancel' },
  {
    what: 'answers a fact',
    module: 'apps/orchestrator/dist/facts/fact-batcher.js',
    does: 'const recorded = await this.recordFacts.execute(batch.map(({ event }) => event));',
  },
];

const GATEWAY: readonly Boundary[] = [
  { ...COMMIT, what: 'commits a job' },
  {
    what: 'wakes an orchestrator',
    module: 'apps/gateway/dist/jobs/job-relay.js',
    does: 'void this.waker.wake({',
  },
];

/** Every boundary, before and after. */
export const CRASH_POINTS: readonly CrashPoint[] = [
  ...AGENT.flatMap((boundary) => bothSides('agent', boundary)),
  ...ORCHESTRATOR.flatMap((boundary) => bothSides('orchestrator', boundary)),
  ...GATEWAY.flatMap((boundary) => bothSides('gateway', boundary)),
];

function bothSides(part: Part, boundary: Boundary): readonly CrashPoint[] {
  const { what, module, does, when = 'true', after = 0, work = 'deploy' } = boundary;
  const kill = (armed: string): string => `orionTestKill(${JSON.stringify(armed)}, ${after}, ${when});`;
  const point = (side: string, replace: (armed: string) => string): CrashPoint => ({
    name: `the ${part}, ${side} it ${what}`,
    part,
    work,
    patch: (armed) => ({ module, find: does, replace: replace(armed) }),
  });
  // Nothing can stand behind a return, nor within the arguments of a call.
  if (does.startsWith('return') || does.endsWith('{')) return [point('before', (armed) => `${kill(armed)} ${does}`)];
  return [point('before', (armed) => `${kill(armed)} ${does}`), point('after', (armed) => `${does} ${kill(armed)}`)];
}
