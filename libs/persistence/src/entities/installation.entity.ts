import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** The identity of this installation: one row. Its id is part of every mark on a VM. */
@Entity('installation')
@Unique('installation_is_one', ['singleton'])
@Check('installation_singleton', 'singleton')
export class InstallationEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ type: 'boolean', default: true })
  readonly singleton!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
