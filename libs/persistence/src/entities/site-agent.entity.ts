import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

import { SiteEntity } from './site.entity';

/** The agent that serves a site, as of its last heartbeat. */
@Entity('site_agent')
@ForeignKey(() => SiteEntity, ['siteId'], ['id'], { name: 'site_agent_site_id_fkey' })
export class SiteAgentEntity {
  @PrimaryColumn({ name: 'site_id', type: 'uuid' })
  readonly siteId!: string;

  @Column({ type: 'bigint', default: 0 })
  readonly generation!: string;

  @Column({ name: 'boot_id', type: 'text', nullable: true })
  readonly bootId!: string | null;

  /** Of the journal that it works with. */
  @Column({ name: 'journal_id', type: 'text', nullable: true })
  readonly journalId!: string | null;

  /** Until then an agent that it took the place of may still act. */
  @Column({ name: 'acts_after', type: 'timestamptz', nullable: true })
  readonly actsAfter!: Date | null;

  @Column({ name: 'agent_version', type: 'text', nullable: true })
  readonly agentVersion!: string | null;

  @Column({ type: 'text', nullable: true })
  readonly adapter!: string | null;

  @Column({ name: 'command_kinds', type: 'text', array: true, default: () => `'{}'` })
  readonly commandKinds!: string[];

  @Column({ name: 'registered_at', type: 'timestamptz', nullable: true })
  readonly registeredAt!: Date | null;

  @Column({ name: 'heartbeat_at', type: 'timestamptz', nullable: true })
  readonly heartbeatAt!: Date | null;

  @Column({ name: 'hypervisor_answered_at', type: 'timestamptz', nullable: true })
  readonly hypervisorAnsweredAt!: Date | null;

  @Column({ name: 'hypervisor_version', type: 'text', nullable: true })
  readonly hypervisorVersion!: string | null;

  @Column({ name: 'free_slots', type: 'integer', nullable: true })
  readonly freeSlots!: number | null;

  @Column({ name: 'inventory_at', type: 'timestamptz', nullable: true })
  readonly inventoryAt!: Date | null;
}
