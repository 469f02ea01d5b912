import { ApiKeyEntity } from './api-key.entity';
import { AuditEventEntity } from './audit-event.entity';
import { BaselineEntity } from './baseline.entity';
import { BlueprintEntity } from './blueprint.entity';
import { BlueprintRevisionEntity } from './blueprint-revision.entity';
import { CommandEntity } from './command.entity';
import { EventEntity } from './event.entity';
import { IdempotencyRequestEntity } from './idempotency-request.entity';
import { InstallationEntity } from './installation.entity';
import { JobEntity } from './job.entity';
import { OutboxEntity } from './outbox.entity';
import { RangeEntity } from './range.entity';
import { RangeNetworkEntity } from './range-network.entity';
import { RangeNodeEntity } from './range-node.entity';
import { RangeSnapshotEntity } from './range-snapshot.entity';
import { SiteEntity } from './site.entity';
import { SiteAgentEntity } from './site-agent.entity';
import { SiteDriftEntity } from './site-drift.entity';
import { SiteGrantEntity } from './site-grant.entity';
import { SiteHostEntity } from './site-host.entity';
import { SiteInventoryPageEntity } from './site-inventory-page.entity';
import { SiteStorageEntity } from './site-storage.entity';
import { SiteTemplateEntity } from './site-template.entity';
import { SiteVnetEntity } from './site-vnet.entity';
import { SiteVnetOrphanEntity } from './site-vnet-orphan.entity';
import { SiteZoneEntity } from './site-zone.entity';
import { SiteVmEntity } from './site-vm.entity';
import { StepEntity } from './step.entity';
import { TargetSequenceEntity } from './target-sequence.entity';
import { TenantEntity } from './tenant.entity';
import { TenantTurnEntity } from './tenant-turn.entity';
import { VlanAllocationEntity } from './vlan-allocation.entity';
import { VmIdAllocationEntity } from './vm-id-allocation.entity';
import { VnetAllocationEntity } from './vnet-allocation.entity';

/**
 * Every table as a class, for TypeORM's schema builder: a test holds that they need no statement beyond the migrations.
 * The migrations make the tables; partitions, policies and grants exist only there, since TypeORM has no words for them.
 */
export const ENTITIES = [
  ApiKeyEntity,
  AuditEventEntity,
  BaselineEntity,
  BlueprintEntity,
  BlueprintRevisionEntity,
  CommandEntity,
  EventEntity,
  IdempotencyRequestEntity,
  InstallationEntity,
  JobEntity,
  OutboxEntity,
  RangeEntity,
  RangeNetworkEntity,
  RangeNodeEntity,
  RangeSnapshotEntity,
  SiteEntity,
  SiteAgentEntity,
  SiteDriftEntity,
  SiteGrantEntity,
  SiteHostEntity,
  SiteInventoryPageEntity,
  SiteStorageEntity,
  SiteTemplateEntity,
  SiteVmEntity,
  SiteVnetEntity,
  SiteVnetOrphanEntity,
  SiteZoneEntity,
  StepEntity,
  TargetSequenceEntity,
  TenantEntity,
  TenantTurnEntity,
  VlanAllocationEntity,
  VmIdAllocationEntity,
  VnetAllocationEntity,
] as const;
