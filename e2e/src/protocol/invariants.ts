import { isEnded, isSettled } from '@orion/domain';
import type { Clients } from './clients';
import type { World } from './world';

/** What must hold once everything has come to rest; each breach in words. */
export function breaches(world: World, clients: Clients): readonly string[] {
  return [
    ...world.violations,
    ...[...world.database.unknown].map((name) => `The model does not know the statement ${name}: teach it.`),
    ...unfinished(world, clients),
    ...recordedTwice(world),
    ...sequencesOutOfOrder(world),
    ...miscounted(world),
    ...strayVms(world),
    ...forgottenByAgents(world),
  ];
}

function unfinished({ database: { tables } }: World, { accepted }: Clients): readonly string[] {
  const jobs = accepted.map((id) => tables.job.rows.get(id));
  const open = jobs.filter((job) => job === undefined || !isEnded(job.state));
  const left = [...tables.step.rows.values()].filter(({ jobId, state }) => {
    return !isSettled(state) && isEnded(tables.job.rows.get(jobId)?.state ?? 'pending');
  });
  return [
    ...open.map((job) => `${job?.kind ?? 'A lost job'} has not ended: ${job?.state}, ${job?.phase}.`),
    ...left.map(({ kind, subject, state }) => `${kind} of ${subject} is ${state} in a job that has ended.`),
  ];
}

/** A step succeeds once, and each attempt comes to one end. */
function recordedTwice({ database: { tables } }: World): readonly string[] {
  const succeeded = new Map<string, number>();
  for (const { type, stepId } of tables.event.rows.values()) {
    if (type === 'step.succeeded' && stepId !== null) succeeded.set(stepId, (succeeded.get(stepId) ?? 0) + 1);
  }
  const twice = [...succeeded].filter(([, times]) => times > 1);
  const negative = [...tables.step.rows.values()].filter(({ waitingOn }) => waitingOn < 0);
  return [
    ...twice.map(([stepId, times]) => `${nameOf(tables, stepId)} has succeeded ${times} times.`),
    ...negative.map(({ id }) => `${nameOf(tables, id)} was released too often.`),
  ];
}

/** No two commands of a target share a sequence, and later ones carry higher ones. */
function sequencesOutOfOrder({ database: { tables } }: World): readonly string[] {
  const last = new Map<string, number>();
  const commands = [...tables.command.rows.values()];
  return commands.flatMap(({ target, sequence }) => {
    const before = last.get(target) ?? 0;
    last.set(target, sequence);
    return sequence > before ? [] : [`${target} was given sequence ${sequence} after ${before}.`];
  });
}

function miscounted({ database: { tables } }: World): readonly string[] {
  return [...tables.job.rows.values()].flatMap(({ id, kind, phase, stepsDone, stepsTotal, state }) => {
    const steps = [...tables.step.rows.values()].filter(({ jobId }) => jobId === id);
    if (state === 'succeeded' && steps.some((step) => step.state !== 'succeeded'))
      return [`${kind} has succeeded without all of its steps.`];
    const of = phase === 'compensate' ? 'compensate' : 'forward';
    const done = steps.filter((step) => step.phase === of && step.state === 'succeeded').length;
    if (phase === 'drain' || phase === 'ended' || stepsDone === done) return [];
    return [`${kind} counts ${stepsDone} of ${stepsTotal} steps as done where ${done} are.`];
  });
}

/** Clones less destroys are the VMs, and the VMs are those of the rows. */
function strayVms({ cluster, database: { tables } }: World): readonly string[] {
  const sent = new Set([...tables.command.rows.values()].map(({ target }) => target));
  return [...tables.node.rows.values()].flatMap(({ rangeId, name, vmId, state }) => {
    const vm = cluster.vms.get(vmId);
    const made = (cluster.clones.get(vmId) ?? 0) - (cluster.destroys.get(vmId) ?? 0);
    const found: string[] = [];
    if (made !== (vm === undefined ? 0 : 1)) found.push(`VM ${vmId} was made ${made} times more than removed.`);
    const unsent = state === 'planned' && !sent.has(`vm:${vmId}`);
    if (vm !== undefined && (unsent || state === 'destroyed'))
      found.push(`VM ${vmId} exists, and its row says ${state}.`);
    const shown = state === 'running' || state === 'stopped' ? state : undefined;
    // Between jobs that ended well a row says what its VM is.
    if (shown !== undefined && vm?.state !== shown && !undecided(tables, rangeId))
      found.push(`Node ${name} is ${state} by its row, and its VM is ${vm?.state ?? 'missing'}.`);
    return found;
  });
}

/** True when some step of the range has ended without a known effect. */
function undecided(tables: World['database']['tables'], rangeId: string): boolean {
  const ended = ['failed', 'unknown', 'cancelled'];
  return [...tables.step.rows.values()].some((step) => step.rangeId === rangeId && ended.includes(step.state));
}

/** What an agent took on it tells the end of, unless the cluster hid it, or the journal is known to be lost. */
function forgottenByAgents({ cluster, journalsLost, timedOut, database: { tables } }: World): readonly string[] {
  if (journalsLost > 0 || timedOut) return [];
  const unknown = [...tables.step.rows.values()].filter(({ state, commandId }) => {
    return state === 'unknown' && !cluster.hidden.has(commandId ?? '');
  });
  return unknown.map(({ id }) => `Nobody tells what became of ${nameOf(tables, id)}.`);
}

function nameOf(tables: World['database']['tables'], stepId: string): string {
  const step = tables.step.rows.get(stepId);
  return step === undefined ? stepId : `${step.kind} of ${step.subject} (${step.target})`;
}
