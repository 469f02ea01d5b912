import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What happened to a range or job, numbered without gaps per stream. Append-only, partitioned by month. */
@Entity('event')
@Index('event_of_job', ['jobId', 'number'])
export class EventEntity {
  @PrimaryColumn({ name: 'stream_id', type: 'uuid' })
  readonly streamId!: string;

  @PrimaryColumn({ type: 'bigint' })
  readonly number!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid', nullable: true })
  readonly rangeId!: string | null;

  @Column({ name: 'job_id', type: 'uuid', nullable: true })
  readonly jobId!: string | null;

  @Column({ name: 'step_id', type: 'uuid', nullable: true })
  readonly stepId!: string | null;

  @Column({ type: 'text' })
  readonly type!: string;

  @Column({ type: 'jsonb', default: () => `'{}'` })
  readonly data!: unknown;

  @PrimaryColumn({ type: 'timestamptz', default: () => 'now()' })
  readonly at!: Date;
}
