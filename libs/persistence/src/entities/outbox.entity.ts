import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A wake-up that was promised by a commit and not yet handed to the queue. */
@Entity('outbox')
@Index('outbox_of_job', ['jobId'])
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'job_id', type: 'uuid' })
  readonly jobId!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
