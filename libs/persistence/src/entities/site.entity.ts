import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** One hypervisor cluster and its limits. What changes at every heartbeat is in `site_agent`. */
@Entity('site')
@Unique('site_name_unique', ['name'])
@Check('site_limits', 'host_slots > 0 AND storage_slots > 0 AND running_jobs_limit > 0 AND host_reserved_mib >= 0')
@Check(
  'site_vlans',
  `vlan_first >= 1 AND vlan_first <= vlan_last AND vlan_last <= CASE network_mode WHEN 'sdn' THEN 16777215 ELSE 4094 END`,
)
@Check(
  'site_networks',
  `(network_mode = 'vlan' AND bridge IS NOT NULL) OR (network_mode = 'sdn' AND sdn_zone IS NOT NULL)`,
)
@Check('site_vm_ids', 'vm_id_first >= 100 AND vm_id_last <= 999999999 AND vm_id_first <= vm_id_last')
export class SiteEntity {
  @PrimaryColumn({ type: 'uuid' })
  readonly id!: string;

  @Column({ type: 'text' })
  readonly name!: string;

  @Column({ name: 'network_mode', type: 'text', default: 'vlan' })
  readonly networkMode!: 'vlan' | 'sdn';

  @Column({ type: 'text', nullable: true })
  readonly bridge!: string | null;

  @Column({ name: 'sdn_zone', type: 'text', nullable: true })
  readonly sdnZone!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly pool!: string | null;

  @Column({ name: 'vm_id_first', type: 'integer' })
  readonly vmIdFirst!: number;

  @Column({ name: 'vm_id_last', type: 'integer' })
  readonly vmIdLast!: number;

  @Column({ name: 'vlan_first', type: 'integer' })
  readonly vlanFirst!: number;

  @Column({ name: 'vlan_last', type: 'integer' })
  readonly vlanLast!: number;

  @Column({ name: 'reserved_networks', type: 'text', array: true, default: () => `'{}'` })
  readonly reservedNetworks!: string[];

  @Column({ name: 'host_slots', type: 'integer', default: 4 })
  readonly hostSlots!: number;

  @Column({ name: 'storage_slots', type: 'integer', default: 8 })
  readonly storageSlots!: number;

  @Column({ name: 'running_jobs_limit', type: 'integer', default: 50 })
  readonly runningJobsLimit!: number;

  @Column({ name: 'host_reserved_mib', type: 'integer', default: 1024 })
  readonly hostReservedMib!: number;

  @Column({ name: 'agent_public_key', type: 'text', nullable: true })
  readonly agentPublicKey!: string | null;

  @Column({ type: 'integer', default: 1 })
  readonly version!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  readonly createdAt!: Date;
}
