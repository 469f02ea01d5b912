import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Who owns ranges and keys. */
@Entity('tenant')
@Index('tenant_name_unique', ['name'], { unique: true, where: 'deleted_at IS NULL' })
export class TenantEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ name: 'operates_platform', type: 'boolean', default: false })
  readonly operatesPlatform!: boolean;

  @Column({ type: 'integer', default: 1 })
  readonly version!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  readonly deletedAt!: Date | null;
}
