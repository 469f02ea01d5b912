import type { DesiredState, RangeState } from '@orion/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

import { BlueprintEntity } from './blueprint.entity';
import { BlueprintRevisionEntity } from './blueprint-revision.entity';
import { SiteEntity } from './site.entity';
import { TenantEntity } from './tenant.entity';

/** A deployed blueprint revision. `lastEventNumber` counts its events. */
@Entity('range')
@Index('range_name', ['tenantId', 'name'], { unique: true, where: `state <> 'destroyed'` })
@Index('range_of_site', ['siteId'], { where: `state <> 'destroyed'` })
@Unique('range_in_tenant', ['tenantId', 'id'])
@Check('range_desired_state', `desired_state IN ('running', 'stopped', 'destroyed')`)
@Check(
  'range_state',
  `state IN ('deploying', 'ready', 'stopped', 'degraded', 'quarantined', 'destroying', 'destroyed')`,
)
@ForeignKey(() => BlueprintEntity, ['tenantId', 'blueprintId'], ['tenantId', 'id'], { name: 'range_of_blueprint' })
@ForeignKey(() => BlueprintRevisionEntity, ['blueprintId', 'revision'], ['blueprintId', 'revision'], {
  name: 'range_of_revision',
})
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'range_site_id_fkey' })
@ForeignKey(() => TenantEntity, ['tenantId'], ['id'], { name: 'range_tenant_id_fkey' })
export class RangeEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ name: 'blueprint_id', type: 'uuid' })
  readonly blueprintId!: string;

  @Column({ type: 'integer' })
  readonly revision!: number;

  @Column({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @Column({ type: 'text' })
  readonly state!: RangeState;

  @Column({ name: 'desired_state', type: 'text' })
  readonly desiredState!: DesiredState;

  @Column({ name: 'last_event_number', type: 'bigint', default: 0 })
  readonly lastEventNumber!: string;

  @Column({ type: 'integer', default: 1 })
  readonly version!: number;

  @Column({ name: 'created_by', type: 'text' })
  readonly createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  readonly changedAt!: Date;
}
