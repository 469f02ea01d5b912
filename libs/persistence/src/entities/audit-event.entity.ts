import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who did what. Append-only, partitioned by month. */
@Entity('audit_event')
@Index('audit_event_tenant', ['tenantId', 'at'])
export class AuditEventEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @PrimaryColumn({ type: 'timestamptz', default: () => 'now()' })
  readonly at!: Date;

  @Column({ type: 'text' })
  readonly actor!: string;

  @Column({ type: 'text' })
  readonly action!: string;

  @Column({ type: 'text' })
  readonly subject!: string;

  @Column({ type: 'jsonb', default: () => `'{}'` })
  readonly data!: unknown;

  @Column({ name: 'trace_id', type: 'text', nullable: true })
  readonly traceId!: string | null;
}
