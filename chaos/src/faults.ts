import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Swallowed } from '@orion/testing';
import type { ForeignVms } from './foreign-vms';
import type { Operator } from './operator';
import type { Random } from './random';
import { LINKS, type LinkName, type Rig, type ServiceName } from './rig';

export interface Arena {
  readonly rig: Rig;
  readonly operator: Operator;
  readonly foreign: ForeignVms;
}

/** One fault as the seed has drawn it. */
export interface Fault {
  readonly what: string;
  /** Faults of one subject strike one after another. */
  readonly subject: string;
  /** Milliseconds after the fault before it. */
  readonly afterMs: number;
  /** What its subject gets to work in before the next one strikes it, milliseconds. */
  readonly breatherMs?: number;
  /** Strikes, lasts as long as was drawn, and mends what it broke. */
  strike(arena: Arena): Promise<void>;
}

type Drawn = Omit<Fault, 'afterMs'>;

/** A process that is killed whenever it has just started shows nothing but that it cannot work then. */
const BREATHER_MS = 4_000;

/** Kinds of fault with their weights: the harder one hits everything at once, the rarer it is. */
const KINDS: readonly (readonly [weight: number, draw: (random: Random, hosts: Rig['hosts']) => Drawn])[] = [
  [10, killService],
  [5, freezeService],
  [2, crashPostgres],
  [3, restartRedis],
  [3, flushRedis],
  [2, restartNats],
  [8, cutLink],
  [8, slowLink],
  [10, halfOpenLink],
  [30, lie],
  [4, lagListing],
  [4, staleLock],
  [4, killClone],
  [2, restartHost],
  [3, takeId],
];

/** Draws `count` faults, about `perSecond` of them a second. */
export function drawFaults(
  random: Random,
  count: number,
  { hosts, perSecond }: { readonly hosts: Rig['hosts']; readonly perSecond: number },
): readonly Fault[] {
  return Array.from({ length: count }, () => {
    const afterMs = Math.round(random.between(300, 1_700) / perSecond);
    return { ...random.weighted(KINDS)(random, hosts), afterMs };
  });
}

/** The one agent stands still for all that the site does, so that it is struck less often than the others. */
const SHARES: readonly (readonly [weight: number, service: ServiceName])[] = [
  [3, 'orchestrator-1'],
  [3, 'orchestrator-2'],
  [3, 'gateway'],
  [2, 'agent'],
];

function killService(random: Random): Drawn {
  const service = random.weighted(SHARES);
  const downMs = random.chance(0.3) ? random.between(500, 4_000) : 0;
  return {
    what: `kill -9 ${service}, down ${downMs} ms`,
    subject: service,
    breatherMs: BREATHER_MS,
    strike: async ({ rig }) => {
      await rig.services[service].kill(downMs);
      await rig.services[service].ready();
    },
  };
}

function freezeService(random: Random): Drawn {
  const service = random.weighted(SHARES);
  return {
    what: `SIGSTOP ${service} for 6 s`,
    subject: service,
    breatherMs: BREATHER_MS,
    strike: ({ rig }) => rig.services[service].freeze(6_000),
  };
}

function crashPostgres(random: Random): Drawn {
  const downMs = random.between(0, 2_000);
  return {
    what: `crash PostgreSQL, down ${downMs} ms`,
    subject: 'postgres',
    breatherMs: BREATHER_MS,
    strike: ({ rig }) => rig.postgres.crash(downMs, delay),
  };
}

function restartRedis(random: Random): Drawn {
  const downMs = random.between(0, 2_000);
  return {
    what: `kill -9 Redis, down ${downMs} ms`,
    subject: 'redis',
    strike: async ({ rig }) => {
      await rig.redis.kill();
      await delay(downMs);
      await rig.redis.restart();
    },
  };
}

function flushRedis(): Drawn {
  return {
    what: 'FLUSHALL',
    subject: 'redis',
    strike: async ({ rig }) => {
      const socket = connect(rig.redis.port, '127.0.0.1');
      socket.write('FLUSHALL\r\n');
      await once(socket, 'data');
      socket.destroy();
    },
  };
}

function restartNats(random: Random): Drawn {
  const downMs = random.between(0, 2_000);
  return {
    what: `kill -9 NATS, down ${downMs} ms`,
    subject: 'nats',
    breatherMs: BREATHER_MS,
    strike: async ({ rig }) => {
      await rig.nats.kill();
      await delay(downMs);
      await rig.nats.restart();
    },
  };
}

function onLink(random: Random, what: string, harm: (link: Rig['links'][LinkName]) => void): Drawn {
  const name = random.one<LinkName>([...LINKS]);
  const milliseconds = random.between(300, random.chance(0.2) ? 8_000 : 2_500);
  return {
    what: `${what} ${name} for ${milliseconds} ms`,
    subject: name,
    strike: async ({ rig }) => {
      harm(rig.links[name]);
      await delay(milliseconds);
      rig.links[name].heal();
    },
  };
}

function cutLink(random: Random): Drawn {
  return random.chance(0.3)
    ? onLink(random, 'drop', (link) => link.drop())
    : onLink(random, 'cut', (link) => link.cut());
}

function slowLink(random: Random): Drawn {
  const longest = random.between(50, 1_500);
  const late = random.stream(`late ${random.next()}`);
  return onLink(random, `delay by up to ${longest} ms on`, (link) => link.delay(() => late.between(0, longest)));
}

function halfOpenLink(random: Random): Drawn {
  const swallowed = random.one<Swallowed>(['requests', 'answers', 'both']);
  return onLink(random, `half-open (${swallowed})`, (link) => link.halfOpen(swallowed));
}

/** What Proxmox VE does now and then: it did the work and says that it did not, or says nothing. */
const LIES: readonly { readonly kind: string; readonly operations: readonly [string, ...string[]] }[] = [
  {
    kind: 'respond500AfterSuccess',
    operations: [
      'vm.clone',
      'vm.config',
      'vm.configure',
      'vm.start',
      'vm.stop',
      'vm.shutdown',
      'vm.snapshot',
      'vm.rollback',
      'vm.delete-snapshot',
      'vm.suspend',
      'vm.resume',
      'vm.destroy',
    ],
  },
  {
    kind: '596AfterExecuting',
    operations: [
      'vm.clone',
      'vm.config',
      'vm.configure',
      'vm.start',
      'vm.stop',
      'vm.shutdown',
      'vm.snapshot',
      'vm.rollback',
      'vm.delete-snapshot',
      'vm.suspend',
      'vm.resume',
      'vm.destroy',
    ],
  },
  {
    kind: 'dropConnectionAfterExecuting',
    operations: ['vm.clone', 'vm.start', 'vm.destroy', 'vm.snapshot', 'vm.configure'],
  },
  { kind: '596BeforeExecuting', operations: ['vm.*', 'task.status', 'cluster.nextid'] },
  { kind: 'respond500', operations: ['vm.clone', 'vm.start', 'vm.destroy', 'task.status', 'vm.config'] },
  {
    kind: 'loseUpid',
    operations: ['vm.clone', 'vm.start', 'vm.stop', 'vm.shutdown', 'vm.snapshot', 'vm.rollback', 'vm.destroy'],
  },
  { kind: 'startReportsFailureYetStarts', operations: ['vm.start'] },
  { kind: 'taskReportsFailure', operations: ['vm.stop', 'vm.shutdown', 'vm.snapshot', 'vm.destroy'] },
  { kind: 'taskFails', operations: ['vm.clone', 'vm.start', 'vm.stop', 'vm.snapshot', 'vm.rollback', 'vm.destroy'] },
];

function lie(random: Random): Drawn {
  const { kind, operations } = random.weighted(LIES.map((one) => [1, one] as const));
  const operation = random.one(operations);
  const body = { kind, operation, times: random.between(1, 3), skip: random.between(0, 4), milliseconds: 10_000 };
  return {
    what: `${kind} of ${operation}, ${body.times} times`,
    subject: 'simulator',
    strike: async ({ rig }) => void (await rig.simulator.post('/faults', body)),
  };
}

function lagListing(random: Random): Drawn {
  const seconds = random.between(1, 8);
  return {
    what: `the listing lags ${seconds} s`,
    subject: 'simulator',
    strike: async ({ rig }) => {
      const milliseconds = (seconds * 1_000) / rig.factor;
      await rig.simulator.post('/faults', { kind: 'lagListing', operation: 'cluster.resources', milliseconds });
    },
  };
}

function staleLock(random: Random): Drawn {
  const operation = random.one(['vm.start', 'vm.stop', 'vm.snapshot', 'vm.rollback', 'vm.clone']);
  const waitMs = random.between(500, 5_000);
  return {
    what: `a lock stays after ${operation}`,
    subject: 'stale lock',
    strike: async ({ rig, operator }) => {
      await rig.simulator.post('/faults', { kind: 'staleLock', operation, text: 'backup' });
      await delay(waitMs);
      await operator.clearStaleLocks();
    },
  };
}

function killClone(random: Random): Drawn {
  const waitMs = random.between(500, 4_000);
  const milliseconds = random.between(1, 190);
  return {
    what: `a clone is killed half-way, ${milliseconds} ms after it began`,
    subject: 'stale lock',
    strike: async ({ rig, operator }) => {
      await rig.simulator.post('/faults', { kind: 'taskKilled', operation: 'vm.clone', milliseconds });
      await delay(waitMs);
      await operator.clearStaleLocks();
    },
  };
}

function restartHost(random: Random, hosts: Rig['hosts']): Drawn {
  const host = random.one(hosts);
  return {
    what: `host ${host} restarts`,
    subject: 'stale lock',
    strike: async ({ operator }) => {
      await operator.restartHost(host);
      await operator.clearStaleLocks();
    },
  };
}

/**
 * Somebody makes a VM under an id that the site is about to give, or has given, to a node. One that our token cannot see may be a
 * clone of ours for all that the agent can tell: it leaves again, as the hint of `vm.id_taken` asks for.
 */
function takeId(random: Random, hosts: Rig['hosts']): Drawn {
  const vmid = random.between(4_000, 4_250);
  const host = random.one(hosts);
  const visible = random.chance(0.5);
  const staysMs = random.between(2_000, 12_000);
  const name = `unrelated-${random.between(1, 1e6)}`;
  return {
    what: `somebody takes VM id ${vmid}, ${visible ? 'visibly' : 'out of sight'}`,
    subject: `VM id ${vmid}`,
    strike: async ({ foreign }) => {
      if (!(await foreign.place({ vmid, host, name, status: 'stopped', visible })) || visible) return;
      await delay(staysMs);
      await foreign.leave(vmid);
    },
  };
}
