import { setTimeout as delay } from 'node:timers/promises';
import type { OrchestratorBus } from '@orion/agent-bus';
import { HEARTBEAT_INTERVAL_MS } from '@orion/contracts';
import { logger, monotonicMs } from '@orion/runtime';
import type { CommandDesk } from '../commands/command-desk';
import type { CommandRunner } from '../commands/command-runner';
import { COMMAND_KINDS, type Registration } from './registration';

const log = logger('heartbeat');
/** Between two tries while nobody answers, milliseconds. */
const AGAIN_MS = 250;

export interface HeartbeatOptions {
  readonly registration: Registration;
  readonly orchestrator: OrchestratorBus;
  readonly desk: CommandDesk;
  readonly runner: CommandRunner;
  readonly agentVersion: string;
  readonly hypervisor: () => { readonly answeredAt?: Date; readonly version?: string };
}

/**
 * Says every two seconds that the agent lives, and does what the answer asks for. What nobody answered is said again at
 * once: another orchestrator may hear it, and waiting would make the site suspect sooner than it is. Ends when `signal`
 * aborts.
 */
export async function beat(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const began = monotonicMs();
    const answered = await beatOnce(options, signal).then(
      () => true,
      (error: unknown) => {
        if (!signal.aborted) log.debug('Missing heartbeat', { err: error });
        return false;
      },
    );
    const nextAt = began + (answered ? HEARTBEAT_INTERVAL_MS : AGAIN_MS);
    await delay(Math.max(0, nextAt - monotonicMs()), undefined, { signal }).catch(() => undefined);
  }
}

/** One heartbeat, and what its answer asks for. Throws when nobody answers. */
export async function beatOnce(options: HeartbeatOptions, signal: AbortSignal): Promise<void> {
  const { registration, orchestrator, desk, runner, agentVersion } = options;
  if (registration.state !== 'active') return;
  const { answeredAt, version } = options.hypervisor();
  const sentAt = monotonicMs();
  const reply = await orchestrator.heartbeat({
    siteId: registration.siteId,
    generation: registration.generation,
    bootId: registration.bootId,
    running: runner.running(),
    freeSlots: runner.freeSlots,
    agentVersion,
    commandKinds: COMMAND_KINDS,
    ...(answeredAt !== undefined && { hypervisorAnsweredAt: answeredAt.toISOString() }),
    ...(version !== undefined && { hypervisorVersion: version }),
  });
  if (reply.generation > registration.generation) {
    registration.supersede(reply.generation);
    runner.halt();
    return;
  }
  // The control plane does not know us any more, as after a restored backup; nobody else serves the site.
  if (!reply.registered) return registration.register(signal);
  registration.lease.renew(sentAt);
  if (reply.cancellations.length > 0) await desk.cancel(reply.cancellations);
}
