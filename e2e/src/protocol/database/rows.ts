import type { CommandEnvelope } from '@orion/contracts';
import type {
  DesiredState,
  JobError,
  JobKind,
  JobState,
  NodeState,
  RangeState,
  StepKind,
  StepState,
} from '@orion/domain';
import type { JobPhase, NodeRow as StoredNode } from '@orion/persistence';
import type { NodeSpec } from '@orion/orchestrator';

/** Rows of the modelled tables; times are milliseconds of the model's clock. */
export interface JobRow {
  readonly id: string;
  readonly tenantId: string;
  readonly rangeId: string;
  readonly siteId: string;
  readonly kind: JobKind;
  readonly kindVersion: number;
  readonly state: JobState;
  readonly attempt: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly phase: JobPhase;
  readonly stage: 1;
  readonly queued: false;
  readonly stepsTotal: number;
  readonly stepsDone: number;
  readonly stepsFailed: number;
  readonly error: JobError | null;
  readonly cancelRequested: boolean;
  readonly deadlineAt: number;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly traceparent: null;
}

export interface StepRow {
  readonly id: string;
  readonly tenantId: string;
  readonly jobId: string;
  readonly rangeId: string;
  readonly siteId: string;
  readonly ordinal: number;
  readonly phase: 'forward' | 'compensate';
  readonly kind: StepKind;
  readonly kindVersion: number;
  readonly subject: string;
  readonly target: string;
  readonly state: StepState;
  readonly waitingOn: number;
  readonly successors: readonly string[];
  readonly maxAttempts: number;
  readonly host: string | null;
  readonly storage: string | null;
  readonly expectedMs: number;
  readonly tailMs: number;
  readonly timeoutMs: number;
  readonly payload: unknown;
  readonly attempt: number;
  readonly firstAttempt: number;
  readonly commandId: string | null;
  readonly dispatchedAt: number | null;
  readonly startedAt: number | null;
  readonly dueAt: number | null;
}

export interface CommandRow {
  readonly id: string;
  readonly jobId: string;
  readonly stepId: string;
  readonly siteId: string;
  readonly target: string;
  readonly sequence: number;
  readonly envelope: CommandEnvelope;
  readonly state: 'pending' | 'acknowledged' | 'cancelling' | 'ended';
  readonly expiresAt: number;
  readonly sentAt: number | null;
  readonly acknowledged: boolean;
  readonly cancelSequence: number | null;
  readonly lastEventNumber: number;
  readonly createdAt: number;
}

export interface RangeRow {
  readonly id: string;
  readonly tenantId: string;
  readonly state: RangeState;
  readonly desired: DesiredState;
  readonly lastEventNumber: number;
}

export interface NodeRow extends StoredNode<NodeSpec> {
  readonly rangeId: string;
  readonly state: NodeState;
}

export interface NetworkRow {
  readonly id: string;
  readonly rangeId: string;
  readonly name: string;
}

export interface AgentRow {
  readonly siteId: string;
  readonly generation: number;
  readonly bootId: string;
  readonly commandKinds: readonly string[];
  readonly heartbeatAt: number;
}

export interface EventRow {
  readonly rangeId: string;
  readonly number: number;
  readonly jobId: string;
  readonly stepId: string | null;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OutboxRow {
  readonly jobId: string;
  readonly createdAt: number;
}

export interface SequenceRow {
  readonly target: string;
  readonly last: number;
}

export interface TurnRow {
  readonly tenantId: string;
  readonly deficitMs: number;
}
