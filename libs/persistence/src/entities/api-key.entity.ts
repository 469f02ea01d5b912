import type { Role } from '@orion/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

import { TenantEntity } from './tenant.entity';

/** A key by which a principal acts. Of the secret only its SHA-256 is kept. */
@Entity('api_key')
@Index('api_key_tenant', ['tenantId', 'createdAt'])
@Check('api_key_role', `role IN ('viewer', 'author', 'operator', 'admin')`)
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'], { name: 'api_key_tenant_id_fkey' })
export class ApiKeyEntity {
  @PrimaryColumn({ type: 'text' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly role!: Role;

  @Column({ type: 'text', array: true, default: () => `'{}'` })
  readonly scopes!: string[];

  @Column({ name: 'secret_hash', type: 'bytea' })
  readonly secretHash!: Buffer;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  readonly expiresAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  readonly revokedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
