import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One attempt of a step, on its way to an agent. Partitioned by month. */
@Entity('command')
@Index('command_of_step', ['stepId'])
@Index('command_open', ['siteId', 'createdAt'], { where: `state <> 'ended'` })
@Check('command_state', `state IN ('pending', 'acknowledged', 'cancelling', 'ended')`)
export class CommandEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'job_id', type: 'uuid' })
  readonly jobId!: string;

  @Column({ name: 'step_id', type: 'uuid' })
  readonly stepId!: string;

  @Column({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @Column({ type: 'text' })
  readonly target!: string;

  @Column({ type: 'bigint' })
  readonly sequence!: string;

  @Column({ type: 'integer' })
  readonly attempt!: number;

  @Column({ type: 'text' })
  readonly kind!: string;

  @Column({ name: 'kind_version', type: 'integer' })
  readonly kindVersion!: number;

  @Column({ type: 'jsonb' })
  readonly envelope!: unknown;

  @Column({ type: 'text' })
  readonly state!: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  readonly expiresAt!: Date;

  @Column({ name: 'sent_at', type: 'timestamptz', nullable: true })
  readonly sentAt!: Date | null;

  @Column({ name: 'acknowledged_at', type: 'timestamptz', nullable: true })
  readonly acknowledgedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  readonly endedAt!: Date | null;

  @Column({ name: 'last_event_number', type: 'integer', default: 0 })
  readonly lastEventNumber!: number;

  @Column({ name: 'task_handle', type: 'text', nullable: true })
  readonly taskHandle!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  readonly outcome!: unknown;

  @Column({ name: 'cancel_sequence', type: 'bigint', nullable: true })
  readonly cancelSequence!: string | null;

  @PrimaryColumn({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
