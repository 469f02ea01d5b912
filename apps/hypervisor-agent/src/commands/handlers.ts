import type { CommandEnvelope, CommandKind, CommandResults, OwnershipMark } from '@orion/contracts';
import { HypervisorError, type Hypervisor, type Operation, type VmRef } from '@orion/hypervisor';
import { monotonicMs } from '@orion/runtime';
import { bootTemplate } from './boot-template';
import { runProbes } from './run-probes';
import type { Readiness } from './wait-for-readiness';

export interface HandlerContext<K extends CommandKind> {
  readonly command: CommandEnvelope<K>;
  readonly hypervisor: Hypervisor;
  readonly readiness: Readiness;
  readonly operation: Operation;
  /** Ends what only waits: when the command is told to end, and when the agent stops. */
  readonly waiting: AbortSignal;
  /** Reports the site and answers when the picture was taken, once that is recorded. */
  readonly reportSite: () => Promise<string>;
}

type Handler<K extends CommandKind> = (context: HandlerContext<K>) => Promise<CommandResults[K]>;

/**
 * One handler per kind; a kind without one does not compile. Each may be called again after a crash: the hypervisor port
 * looks for the effect first, and waits for a task that was already begun.
 */
export const HANDLERS: { readonly [K in CommandKind]: Handler<K> } = {
  'network.ensure': async ({ command: { payload }, hypervisor, operation }) => {
    await hypervisor.ensureNetwork(payload, operation);
    return {};
  },
  'network.remove': async ({ command: { payload }, hypervisor, operation }) => {
    await hypervisor.removeNetwork(payload, operation);
    return {};
  },
  'vm.clone': async ({ command, hypervisor, operation }) => {
    const { vmId, host } = await hypervisor.ensureCloned(command.payload, markOf(command), operation);
    return { vmId, host };
  },
  'vm.configure': async ({ command, hypervisor, operation }) => {
    const { configDigest } = await hypervisor.configure(refOf(command), command.payload, operation);
    return { configDigest };
  },
  'vm.start': async ({ command, hypervisor, operation, readiness }) => {
    let began = false;
    const onTask = (task: string): Promise<void> => {
      began = true;
      return operation.onTask(task);
    };
    await hypervisor.start(refOf(command), { ...operation, onTask });
    // One that was running already may have booted long ago.
    if (began) readiness.boots.started(command.payload.vmId, monotonicMs());
    return { state: 'running' };
  },
  'vm.ready': async ({ command, hypervisor, readiness, waiting }) => {
    const { guestAgent, template = '' } = command.payload;
    return readiness.wait(hypervisor, refOf(command), { guestAgent, kind: template }, waiting);
  },
  'vm.stop': async ({ command, hypervisor, operation }) => {
    const { hard } = await hypervisor.stop(refOf(command), command.payload.graceMs, operation);
    return { state: 'stopped', hard };
  },
  'vm.snapshot': async ({ command, hypervisor, operation }) => {
    await hypervisor.createSnapshot(refOf(command), command.payload, operation);
    return { name: command.payload.name };
  },
  'vm.unsnapshot': async ({ command, hypervisor, operation }) => {
    try {
      await hypervisor.deleteSnapshot(refOf(command), command.payload.name, operation);
    } catch (error) {
      // With its VM the snapshot is gone, too.
      if (!(error instanceof HypervisorError) || error.code !== 'vm.not_found') throw error;
    }
    return {};
  },
  'vm.rollback': async ({ command, hypervisor, operation }) => {
    const { state } = await hypervisor.rollbackSnapshot(refOf(command), command.payload.name, operation);
    return { state: state === 'running' ? 'running' : 'stopped' };
  },
  'vm.suspend': async ({ command, hypervisor, operation }) => {
    await hypervisor.suspend(refOf(command), operation);
    return { state: 'paused' };
  },
  'vm.resume': async ({ command, hypervisor, operation }) => {
    await hypervisor.resume(refOf(command), operation);
    return { state: 'running' };
  },
  'vm.clock': async ({ command, hypervisor }) => {
    const { guestAgent, os } = command.payload;
    return { set: guestAgent && (await hypervisor.setGuestClock(refOf(command), os)) };
  },
  'vm.inspect': ({ command, hypervisor }) => hypervisor.inspectVm(refOf(command), command.payload.guestAgent),
  'vm.probe': async ({ command, hypervisor, waiting }) => {
    return { probes: await runProbes(hypervisor, refOf(command), command.payload, waiting) };
  },
  'vm.destroy': async ({ command, hypervisor, operation }) => {
    await hypervisor.destroy(refOf(command), operation);
    return {};
  },
  'template.boot': async ({ command, ...means }) => {
    return { findings: await bootTemplate(command.payload, markOf(command), means) };
  },
  'site.check': async ({ command: { payload }, hypervisor }) => ({ findings: await hypervisor.check(payload) }),
  'site.observe': async ({ reportSite }) => ({ takenAt: await reportSite() }),
};

/** Kinds that only wait, or are done together with others of their kind: they take no slot. */
export const WAITING_KINDS: ReadonlySet<CommandKind> = new Set<CommandKind>([
  'network.ensure',
  'network.remove',
  'vm.ready',
  'vm.clock',
  'vm.inspect',
  'vm.probe',
]);

/** Kinds after which the site looks different. */
export const CHANGING_KINDS: ReadonlySet<CommandKind> = new Set<CommandKind>([
  'network.remove',
  'vm.clone',
  'vm.configure',
  'vm.start',
  'vm.stop',
  'vm.rollback',
  'vm.suspend',
  'vm.resume',
  'vm.destroy',
  'template.boot',
]);

/** Calls the handler of a command's kind. */
export function handle<K extends CommandKind>(context: HandlerContext<K>): Promise<CommandResults[K]> {
  return HANDLERS[context.command.kind](context);
}

function markOf({ mark, kind }: CommandEnvelope): OwnershipMark {
  if (mark === undefined)
    throw new HypervisorError('command.malformed', 'permanent', `A ${kind} must say whose the VM is.`);
  return mark;
}

function refOf(command: CommandEnvelope<Extract<CommandKind, `vm.${string}`>>): VmRef {
  const { vmId, host } = command.payload;
  return { vmId, host, mark: markOf(command) };
}
