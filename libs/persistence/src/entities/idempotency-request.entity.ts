import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { TenantEntity } from './tenant.entity';

/** The answer to a request that carried an `Idempotency-Key`, kept for 24 hours. */
@Entity('idempotency_request')
@Index('idempotency_request_age', ['createdAt'])
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'], { name: 'idempotency_request_tenant_id_fkey' })
export class IdempotencyRequestEntity {
  @PrimaryColumn({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @PrimaryColumn({ type: 'text' })
  readonly route!: string;

  @PrimaryColumn({ type: 'text' })
  readonly key!: string;

  @Column({ name: 'body_hash', type: 'bytea' })
  readonly bodyHash!: Buffer;

  @Column({ type: 'integer', nullable: true })
  readonly status!: number | null;

  @Column({ type: 'json', nullable: true })
  readonly answer!: unknown;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
