import type { StepKind, StepState } from '@orion/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

import { JobEntity } from './job.entity';
import { SiteEntity } from './site.entity';

/** One operation on one node or network. `waitingOn` counts predecessors that have not succeeded. */
@Entity('step')
@Index('step_active', ['jobId', 'phase'], { where: `state IN ('ready', 'dispatched', 'running')` })
@Index('step_in_flight', ['siteId', 'dispatchedAt'], { where: `state IN ('dispatched', 'running')` })
@Index('step_ready', ['siteId', 'tailMs'], { where: `state = 'ready'` })
@Unique('step_order', ['jobId', 'ordinal'])
@Check('step_phase', `phase IN ('forward', 'compensate')`)
@Check(
  'step_state',
  `state IN ('waiting', 'ready', 'dispatched', 'running', 'succeeded', 'failed', 'skipped', 'cancelled', 'unknown')`,
)
@ForeignKey(() => JobEntity, ['tenantId', 'jobId'], ['tenantId', 'id'], { name: 'step_of_job' })
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'step_site_id_fkey' })
export class StepEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'job_id', type: 'uuid' })
  readonly jobId!: string;

  @Column({ name: 'range_id', type: 'uuid', nullable: true })
  readonly rangeId!: string | null;

  @Column({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @Column({ type: 'integer' })
  readonly ordinal!: number;

  @Column({ type: 'text', default: 'forward' })
  readonly phase!: string;

  @Column({ type: 'text' })
  readonly kind!: StepKind;

  @Column({ name: 'kind_version', type: 'integer', default: 1 })
  readonly kindVersion!: number;

  @Column({ type: 'text' })
  readonly subject!: string;

  @Column({ type: 'text' })
  readonly target!: string;

  @Column({ type: 'text' })
  readonly state!: StepState;

  @Column({ name: 'waiting_on', type: 'integer', default: 0 })
  readonly waitingOn!: number;

  @Column({ type: 'uuid', array: true, default: () => `'{}'` })
  readonly successors!: string[];

  @Column({ type: 'integer', default: 0 })
  readonly attempt!: number;

  @Column({ name: 'first_attempt', type: 'integer', default: 0 })
  readonly firstAttempt!: number;

  @Column({ name: 'max_attempts', type: 'integer' })
  readonly maxAttempts!: number;

  @Column({ type: 'text', nullable: true })
  readonly host!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly storage!: string | null;

  @Column({ name: 'expected_ms', type: 'integer' })
  readonly expectedMs!: number;

  @Column({ name: 'tail_ms', type: 'integer' })
  readonly tailMs!: number;

  @Column({ name: 'timeout_ms', type: 'integer' })
  readonly timeoutMs!: number;

  @Column({ type: 'jsonb' })
  readonly payload!: unknown;

  @Column({ name: 'due_at', type: 'timestamptz', nullable: true })
  readonly dueAt!: Date | null;

  @Column({ name: 'command_id', type: 'uuid', nullable: true })
  readonly commandId!: string | null;

  @Column({ type: 'bigint', nullable: true })
  readonly sequence!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  readonly error!: unknown;

  @Column({ type: 'jsonb', nullable: true })
  readonly result!: unknown;

  @Column({ name: 'dispatched_at', type: 'timestamptz', nullable: true })
  readonly dispatchedAt!: Date | null;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  readonly startedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  readonly endedAt!: Date | null;
}
