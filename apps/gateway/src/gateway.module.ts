import { Module, type DynamicModule } from '@nestjs/common';
import { JobQueueModule, type QueueOptions } from '@orion/job-queue';
import type { Clock, Health, Metrics, VersionInfo } from '@orion/runtime';
import { DataSource } from 'typeorm';

import { AccessGuard } from './access/access.guard';
import { ApiKeysController } from './access/api-keys.controller';
import { CreateApiKey } from './access/create-api-key.use-case';
import { KeyDirectory } from './access/key-directory';
import { ManageApiKeys } from './access/manage-api-keys.use-case';
import { ManageTenants } from './access/manage-tenants.use-case';
import { MeController } from './access/me.controller';
import { ReadAccess } from './access/read-access.use-case';
import { TenantsController } from './access/tenants.controller';
import { BaselinesController } from './baselines/baselines.controller';
import { ChangeBaselines } from './baselines/change-baselines.use-case';
import { ReadBaselines } from './baselines/read-baselines.use-case';
import { ApplyRevision } from './ranges/apply-revision.use-case';
import { ResetRange } from './baselines/reset-range.use-case';
import { BlueprintDocuments } from './blueprints/blueprint-documents';
import { BlueprintsController } from './blueprints/blueprints.controller';
import { ReadBlueprints } from './blueprints/read-blueprints.use-case';
import { StoreBlueprint } from './blueprints/store-blueprint.use-case';
import { ValidateBlueprint } from './blueprints/validate-blueprint.use-case';
import { ReadDrift } from './drift/read-drift.use-case';
import { EventHub } from './events/event-hub';
import { ReadEvents } from './events/read-events.use-case';
import { ReadHealth } from './health/read-health.use-case';
import { ServiceController } from './health/service.controller';
import { AnswerInterceptor } from './http/answer.interceptor';
import { CancelJob } from './jobs/cancel-job.use-case';
import { JobRelay } from './jobs/job-relay';
import { JobsController } from './jobs/jobs.controller';
import { ReadJobs } from './jobs/read-jobs.use-case';
import { RequestRangeJob } from './jobs/request-range-job';
import { RequestSiteJob } from './jobs/request-site-job';
import { RetryJob } from './jobs/retry-job.use-case';
import { SubmitJob } from './jobs/submit-job.use-case';
import { DocsController } from './openapi/docs.controller';
import { Documentation } from './openapi/documentation';
import { UnitOfWork } from './persistence/unit-of-work';
import { ChangeNodePower } from './ranges/change-node-power.use-case';
import { CreateRange } from './ranges/create-range.use-case';
import { RangeNodesController } from './ranges/range-nodes.controller';
import { RangesController } from './ranges/ranges.controller';
import { ReadRanges } from './ranges/read-ranges.use-case';
import { SnapshotNode } from './ranges/snapshot-node.use-case';
import { PlanRange } from './plans/plan-range.use-case';
import { PlanThread } from './plans/plan-thread';
import { PlansController } from './plans/plans.controller';
import { PrepareApplyPlan } from './plans/prepare-apply-plan';
import { PrepareDeployPlan } from './plans/prepare-deploy-plan';
import { PrepareResetPlan } from './plans/prepare-reset-plan';
import { CLOCK, HEALTH, METRICS, SETTINGS, VERSION, type GatewaySettings } from './settings';
import { GrantSites } from './sites/grant-sites.use-case';
import { ManageSites } from './sites/manage-sites.use-case';
import { SitesController } from './sites/sites.controller';

export interface GatewayParts {
  readonly source: DataSource;
  readonly queue: QueueOptions;
  readonly documents: BlueprintDocuments;
  readonly settings: GatewaySettings;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly version: VersionInfo;
}

/** Everything that answers requests. */
export const CONTROLLERS = [
  ServiceController,
  DocsController,
  BlueprintsController,
  PlansController,
  RangesController,
  RangeNodesController,
  BaselinesController,
  JobsController,
  SitesController,
  MeController,
  ApiKeysController,
  TenantsController,
] as const;

@Module({})
export class GatewayModule {
  static of(parts: GatewayParts): DynamicModule {
    return {
      module: GatewayModule,
      imports: [JobQueueModule.forRoot(parts.queue)],
      controllers: [...CONTROLLERS],
      providers: [
        { provide: DataSource, useValue: parts.source },
        { provide: BlueprintDocuments, useValue: parts.documents },
        { provide: SETTINGS, useValue: parts.settings },
        { provide: CLOCK, useValue: parts.clock },
        { provide: METRICS, useValue: parts.metrics },
        { provide: HEALTH, useValue: parts.health },
        { provide: VERSION, useValue: parts.version },
        AccessGuard,
        AnswerInterceptor,
        KeyDirectory,
        UnitOfWork,
        EventHub,
        JobRelay,
        Documentation,
        CreateApiKey,
        ManageApiKeys,
        ManageTenants,
        ReadAccess,
        ChangeBaselines,
        ReadBaselines,
        ResetRange,
        ApplyRevision,
        ReadBlueprints,
        StoreBlueprint,
        ValidateBlueprint,
        ReadDrift,
        ReadEvents,
        ReadHealth,
        CancelJob,
        ReadJobs,
        RequestRangeJob,
        RequestSiteJob,
        RetryJob,
        SubmitJob,
        ChangeNodePower,
        PlanRange,
        PlanThread,
        PrepareApplyPlan,
        PrepareDeployPlan,
        PrepareResetPlan,
        CreateRange,
        ReadRanges,
        SnapshotNode,
        GrantSites,
        ManageSites,
      ],
    };
  }
}
