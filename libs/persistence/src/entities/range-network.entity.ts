import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';

import { RangeEntity } from './range.entity';

/** A network of a range and its tag. In the mode `sdn` the bridge is its VNet, which carries the tag in the zone. */
@Entity('range_network')
@Unique('range_network_name', ['rangeId', 'name'])
@Check('range_network_mode', `mode = 'vlan' OR (mode = 'sdn' AND zone IS NOT NULL)`)
@ForeignKey(() => RangeEntity, ['tenantId', 'rangeId'], ['tenantId', 'id'], { name: 'range_network_in_range' })
export class RangeNetworkEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ name: 'tenant_id', type: 'uuid' })
  readonly tenantId!: string;

  @Column({ name: 'range_id', type: 'uuid' })
  readonly rangeId!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ type: 'text' })
  readonly cidr!: string;

  @Column({ type: 'text', nullable: true })
  readonly gateway!: string | null;

  @Column({ type: 'text' })
  readonly egress!: string;

  @Column({ type: 'text' })
  readonly bridge!: string;

  @Column({ name: 'vlan_tag', type: 'integer' })
  readonly vlanTag!: number;

  @Column({ type: 'text', default: 'vlan' })
  readonly mode!: 'vlan' | 'sdn';

  @Column({ type: 'text', nullable: true })
  readonly zone!: string | null;
}
