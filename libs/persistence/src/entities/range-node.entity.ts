import type { NodeState } from '@orion/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

import { RangeEntity } from './range.entity';
import { SiteEntity } from './site.entity';

/** A VM of a range and its place. */
@Entity('range_node')
@Index('range_node_of_vm', ['siteId', 'vmId'])
@Index('range_node_on_host', ['siteId', 'host'], { where: `state <> 'destroyed'` })
@Unique('range_node_name', ['rangeId', 'name'])
@Check(
  'range_node_state',
  `state IN ('planned', 'creating', 'stopped', 'starting', 'running', 'stopping', 'destroyed', 'unknown')`,
)
@ForeignKey(() => RangeEntity, ['tenantId', 'rangeId'], ['tenantId', 'id'], { name: 'range_node_in_range' })
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'range_node_site_id_fkey' })
export class RangeNodeEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid' })
  readonly rangeId!: string;

  @Column({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @Column({ type: 'integer' })
  readonly ordinal!: number;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly state!: NodeState;

  @Column({ type: 'text' })
  readonly host!: string;

  @Column({ type: 'text' })
  readonly storage!: string;

  @Column({ name: 'vm_id', type: 'integer' })
  readonly vmId!: number;

  @Column({ name: 'memory_mib', type: 'integer' })
  readonly memoryMib!: number;

  @Column({ type: 'jsonb' })
  readonly spec!: unknown;

  @Column({ type: 'jsonb', default: () => `'[]'` })
  readonly interfaces!: unknown;

  @Column({ name: 'observed_addresses', type: 'text', array: true, default: () => `'{}'` })
  readonly observedAddresses!: string[];

  /** MAC and addresses of each card, as the guest reports them. */
  @Column({ name: 'observed_interfaces', type: 'jsonb', default: () => `'[]'` })
  readonly observedInterfaces!: unknown;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  readonly changedAt!: Date;
}
