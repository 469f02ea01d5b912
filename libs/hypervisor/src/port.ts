import type {
  CloneSpec,
  ConfigureSpec,
  GuestOs,
  HostFacts,
  NetworkTarget,
  OwnershipMark,
  SdnFacts,
  SiteCheckSpec,
  SiteFinding,
  StorageFacts,
  VmFacts,
  VmRecord,
} from '@orion/contracts';

/** Where a VM is and whose it must be. A VM that does not carry `mark` is never changed (`vm.foreign`). */
export interface VmRef {
  readonly vmId: number;
  /** Host where it was last seen; the adapter looks for the VM elsewhere when it is not there. */
  readonly host: string;
  readonly mark: OwnershipMark;
}

/**
 * What a changing call needs to survive a crash of its caller. The caller journals in each hook before it returns;
 * a hook that throws stops the call before its next effect.
 */
export interface Operation {
  /** Aborts waiting; a running task of the hypervisor is stopped, then its effect observed. */
  readonly signal: AbortSignal;
  /** Milliseconds that the whole call may take; then `hypervisor.outcome_unknown`. */
  readonly timeoutMs: number;
  /** Called right before each call that changes something. */
  readonly onIntent: (intent: string) => Promise<void>;
  /** Called with the handle of a task, before it is waited for. */
  readonly onTask: (handle: string) => Promise<void>;
  /** A task that an earlier life of the caller journaled for this same operation: waited for instead of called again. */
  readonly resumeTask?: string;
  /** An earlier life of the caller had begun this same operation; a call of it may be under way whose task it never learnt. */
  readonly resumed?: boolean;
}

export interface Capabilities {
  readonly adapter: string;
  readonly version: string;
  readonly memorySnapshots: boolean;
  readonly guestAgent: boolean;
  readonly egress: readonly ('none' | 'nat' | 'allow-list')[];
}

export interface VmObservation extends VmFacts {
  readonly configDigest: string;
  readonly cpus: number;
  readonly macs: readonly string[];
  /** Snapshot that the present state descends from. */
  readonly parentSnapshot?: string;
}

export interface SnapshotFacts {
  readonly name: string;
  readonly parent?: string;
  readonly memory: boolean;
  /** Seconds since 1970. */
  readonly takenAt?: number;
}

export interface SnapshotSpec {
  readonly name: string;
  readonly description: string;
  readonly memory: boolean;
}

/** A network, and the hosts that are to carry it. */
export interface NetworkSpec extends NetworkTarget {
  readonly hosts: readonly string[];
}

export interface TaskFacts {
  readonly handle: string;
  readonly state: 'running' | 'succeeded' | 'failed' | 'lost';
  readonly error?: string;
}

export interface GuestExecSpec {
  readonly command: readonly string[];
  readonly input?: string;
  readonly timeoutMs: number;
}
export interface GuestExecResult {
  /** Absent when a signal ended the process. */
  readonly exitCode?: number;
  readonly signal?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}
export interface GuestInterface {
  readonly name: string;
  readonly mac?: string;
  /** With prefix length. */
  readonly addresses: readonly string[];
}

export interface ConsoleTicket {
  readonly host: string;
  readonly port: number;
  readonly ticket: string;
  readonly password?: string;
}

/**
 * The one interface between Orion Range and a hypervisor, small enough that every adapter answers all of it.
 * `docs/reference/hypervisor-contract.md` numbers its rules; the conformance suite holds every adapter to them.
 *
 * Every method may be repeated. Failures are `HypervisorError`s with a class (`retryable`, `conflict`, `permanent`,
 * `unknown`); a failure is judged only after the effect was looked for. Nothing is changed on a VM without its mark.
 */
export interface Hypervisor {
  capabilities(): Promise<Capabilities>;

  listHosts(): Promise<readonly HostFacts[]>;
  listStorages(): Promise<readonly StorageFacts[]>;
  /** VMs whose id lies in the range, and every VM that carries a mark. `nics` are read for marked VMs. */
  listVms(range: { readonly first: number; readonly last: number }): Promise<readonly VmFacts[]>;
  /**
   * Everything that a rollback brings back. The guest is asked when it should have an agent; one that does not answer is no
   * error. Changes nothing.
   */
  inspectVm(ref: VmRef, guestAgent: boolean): Promise<VmRecord>;
  /** Undefined when the VM does not exist. */
  observeVm(vmId: number, host: string): Promise<VmObservation | undefined>;
  observeTask(handle: string): Promise<TaskFacts>;
  /** Stops a running task; a task that has ended stays as it is. */
  cancelTask(handle: string): Promise<void>;

  /**
   * Clones a template into a new, powered-off VM that carries `mark`.
   * A VM of that id with that mark is returned as it is; one without it fails with `vm.id_taken`,
   * which tells whether the VM could be looked at (`seen`).
   */
  ensureCloned(spec: CloneSpec, mark: OwnershipMark, operation: Operation): Promise<VmObservation>;
  /** Makes CPU, memory, NICs, disk size, name, tags, description and cloud-init values what `spec` says. Equal values change nothing. */
  configure(ref: VmRef, spec: ConfigureSpec, operation: Operation): Promise<VmObservation>;
  /** A VM that runs is a success. */
  start(ref: VmRef, operation: Operation): Promise<void>;
  /** Asks the guest to shut down and stops it hard after `graceMs` milliseconds; 0 stops at once. A stopped VM is a success. */
  stop(ref: VmRef, graceMs: number, operation: Operation): Promise<{ readonly hard: boolean }>;
  /** Stops hard and removes the VM with its disks. A VM that is gone is a success. */
  destroy(ref: VmRef, operation: Operation): Promise<void>;

  /** Halts the processors; the memory stays. A paused VM is a success; one that does not run fails with `vm.not_running`. */
  suspend(ref: VmRef, operation: Operation): Promise<void>;
  /** A VM that runs is a success. */
  resume(ref: VmRef, operation: Operation): Promise<void>;

  /** A snapshot of that name which this operation made is a success; another one fails with `snapshot.name_taken`. */
  createSnapshot(ref: VmRef, spec: SnapshotSpec, operation: Operation): Promise<void>;
  /**
   * Stops the VM hard first. Leaves the VM stopped, or running when the snapshot holds memory. Never starts it by itself.
   * Answers the VM as it is then.
   */
  rollbackSnapshot(ref: VmRef, name: string, operation: Operation): Promise<VmObservation>;
  /** A snapshot that is gone is a success. */
  deleteSnapshot(ref: VmRef, name: string, operation: Operation): Promise<void>;
  listSnapshots(ref: VmRef): Promise<readonly SnapshotFacts[]>;
  /** Whether every disk of the VM can be snapshotted where it lies. Changes nothing. */
  canSnapshot(ref: VmRef): Promise<boolean>;

  /**
   * Makes sure that each host can carry the network. On a bridge nothing is made: `network.bridge_missing` names host and
   * bridge. A VNet is made, marked and applied, together with others: `network.apply_failed` names the hosts that lack it,
   * `network.name_taken` says that the name is another VNet's.
   */
  ensureNetwork(spec: NetworkSpec, operation: Operation): Promise<void>;
  /** Takes a VNet away that nothing hangs on (`network.in_use` otherwise). One that is gone, or another's, is a success. */
  removeNetwork(target: NetworkTarget, operation: Operation): Promise<void>;
  /** Zones and VNets as far as they may be seen; undefined when the hypervisor has none to tell of. */
  listSdn(): Promise<SdnFacts | undefined>;

  /** False when the agent does not answer (yet); `guest.agent_not_configured` when it never will. */
  guestPing(ref: VmRef): Promise<boolean>;
  /** Not repeatable: a lost answer is `unknown`. Needs a running VM with an answering agent. */
  guestExec(ref: VmRef, spec: GuestExecSpec): Promise<GuestExecResult>;
  /** Overwrites the file. */
  guestWriteFile(ref: VmRef, path: string, content: Uint8Array): Promise<void>;
  /** Sets the guest's clock to the present; false when the guest does not let itself be set. */
  setGuestClock(ref: VmRef, os: GuestOs): Promise<boolean>;
  guestInterfaces(ref: VmRef): Promise<readonly GuestInterface[]>;

  /** A short-lived ticket for one console connection. */
  consoleTicket(ref: VmRef): Promise<ConsoleTicket>;

  /** The doctor: looks at everything a deploy needs and changes nothing. */
  check(spec: SiteCheckSpec): Promise<readonly SiteFinding[]>;

  close(): Promise<void>;
}
