import type { CommandPayloads, OwnershipMark, SiteFinding } from '@orion/contracts';
import { HypervisorError, type Hypervisor, type Operation, type VmRef } from '@orion/hypervisor';
import { monotonicMs } from '@orion/runtime';
import type { Readiness } from './wait-for-readiness';

/** A guest that was generalised may take this long for its first boot, milliseconds. */
const BOOT_MS = 10 * 60_000;
/** Removing what was made must not be stopped by what stopped the rest. */
const REMOVAL_MS = 2 * 60_000;

type Boot = CommandPayloads['template.boot'];

export interface BootMeans {
  readonly hypervisor: Hypervisor;
  readonly readiness: Readiness;
  readonly operation: Operation;
  readonly waiting: AbortSignal;
}

/**
 * Clones a template, boots the clone and waits for its guest agent, asks whether its disks can be snapshotted, and removes
 * it, whatever came of it. What is wrong with the template is a finding; what passes by itself is an error, so that it is
 * tried again. May be repeated after a crash: a clone that an earlier life has left is taken up and removed.
 */
export async function bootTemplate(
  boot: Boot,
  mark: OwnershipMark,
  { hypervisor, readiness, operation, waiting }: BootMeans,
): Promise<readonly SiteFinding[]> {
  const ref: VmRef = { vmId: boot.vmId, host: boot.host, mark };
  const { resumeTask: _, ...next } = operation;
  const remove = (): Promise<void> => hypervisor.destroy(ref, { ...next, ...removal() });
  try {
    await hypervisor.ensureCloned(boot, mark, operation);
    await hypervisor.start(ref, next);
    const findings = [
      await awaken(boot, ref, { hypervisor, readiness, waiting }),
      await askSnapshots(boot, ref, hypervisor),
    ];
    await remove();
    return findings;
  } catch (error) {
    // The agent stops: its next life takes the command up again, and removes the clone.
    if (waiting.aborted && !operation.signal.aborted) throw error;
    await remove();
    if (!isAboutTheTemplate(error)) throw error;
    return [finding(boot, 'failed', `cannot be cloned and started: ${error.message}`, { code: error.code })];
  }
}

async function awaken(
  boot: Boot,
  ref: VmRef,
  { hypervisor, readiness, waiting }: Omit<BootMeans, 'operation'>,
): Promise<SiteFinding> {
  const { guestAgent, template: kind } = boot;
  const patience = AbortSignal.timeout(BOOT_MS);
  const begun = monotonicMs();
  try {
    await readiness.wait(hypervisor, ref, { guestAgent, kind }, AbortSignal.any([waiting, patience]));
  } catch (error) {
    if (waiting.aborted) throw error;
    if (patience.aborted) {
      return finding(boot, 'failed', `boots, but its guest agent did not answer within ${BOOT_MS / 60_000} minutes`);
    }
    if (!(error instanceof HypervisorError) || !/^(guest\.|vm\.not_running$)/.test(error.code)) throw error;
    return finding(boot, 'failed', `does not become ready: ${error.message}`, { code: error.code });
  }
  if (!guestAgent) return finding(boot, 'passed', 'is cloned and starts; by the catalogue it has no guest agent');
  const seconds = Math.ceil((monotonicMs() - begun) / 1_000);
  return finding(boot, 'passed', `is cloned and starts; its guest agent answers after ${seconds} s`, { seconds });
}

/** A template cannot be snapshotted itself: only a clone tells what its clones can do. */
async function askSnapshots(boot: Boot, ref: VmRef, hypervisor: Hypervisor): Promise<SiteFinding> {
  return (await hypervisor.canSnapshot(ref))
    ? finding(boot, 'passed', `has clones whose disks on ${boot.storage} can be snapshotted`)
    : finding(boot, 'failed', `has clones of which not every disk can be snapshotted: its ranges can have no baseline`);
}

function finding(
  { template, templateVmId, templateHost, storage }: Boot,
  status: SiteFinding['status'],
  said: string,
  facts: Readonly<Record<string, unknown>> = {},
): SiteFinding {
  const about = { template, vmId: templateVmId, host: templateHost, storage };
  return {
    check: 'templates',
    status,
    detail: `Template ${template} (VM ${templateVmId}) on ${templateHost} ${said}`,
    facts: { ...about, ...facts },
  };
}

function isAboutTheTemplate(error: unknown): error is HypervisorError {
  return error instanceof HypervisorError && error.errorClass === 'permanent' && error.code !== 'command.cancelled';
}

function removal(): Pick<Operation, 'signal' | 'timeoutMs' | 'onIntent'> {
  return { signal: new AbortController().signal, timeoutMs: REMOVAL_MS, onIntent: () => Promise.resolve() };
}
