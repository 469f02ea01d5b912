import { Module, type DynamicModule } from '@nestjs/common';
import { AgentBus } from '@orion/agent-bus';
import { JobQueueModule, type QueueOptions } from '@orion/job-queue';
import { DataSource } from 'typeorm';

import { DispatchSite } from './dispatch/dispatch-site.use-case';
import { FollowCommit } from './dispatch/follow-commit';
import { SendCancellations } from './dispatch/send-cancellations';
import { SendCommands } from './dispatch/send-commands';
import { SiteWork } from './dispatch/site-work';
import { EstimateJobs } from './estimates/estimate-jobs';
import { FactBatcher } from './facts/fact-batcher';
import { FactsController } from './facts/facts.controller';
import { RecordFacts } from './facts/record-facts.use-case';
import { AdvanceJobProcessor } from './jobs/advance-job.processor';
import { AdvanceJob } from './jobs/advance-job.use-case';
import { EnforceTimes } from './jobs/enforce-times';
import { FinishApply } from './jobs/finish-apply';
import { FinishBaseline } from './jobs/finish-baseline';
import { ProveReset } from './jobs/prove-reset';
import { SettleJob } from './jobs/settle-job';
import { StopJob } from './jobs/stop-job';
import { OrchestratorMetrics } from './metrics';
import { PlanJob } from './planning/plan-job';
import { StepTimes } from './planning/step-times';
import { Settings } from './settings';
import { ReceiveInventory } from './sites/receive-inventory.use-case';
import { ServeAgents } from './sites/serve-agents';
import { SitesController } from './sites/sites.controller';
import { WatchSites } from './sites/watch-sites';
import { Sweep } from './sweep/sweep';

export interface OrchestratorParts {
  readonly source: DataSource;
  readonly queue: QueueOptions;
  readonly agents: AgentBus;
  readonly settings: Settings;
  readonly metrics: OrchestratorMetrics;
}

@Module({})
export class OrchestratorModule {
  static of({ source, queue, agents, settings, metrics }: OrchestratorParts): DynamicModule {
    return {
      module: OrchestratorModule,
      imports: [JobQueueModule.forRoot(queue)],
      controllers: [FactsController, SitesController],
      providers: [
        { provide: DataSource, useValue: source },
        { provide: AgentBus, useValue: agents },
        { provide: Settings, useValue: settings },
        { provide: OrchestratorMetrics, useValue: metrics },
        AdvanceJob,
        AdvanceJobProcessor,
        DispatchSite,
        EnforceTimes,
        EstimateJobs,
        FactBatcher,
        FinishApply,
        FinishBaseline,
        FollowCommit,
        PlanJob,
        ProveReset,
        ReceiveInventory,
        RecordFacts,
        SendCancellations,
        SendCommands,
        ServeAgents,
        SettleJob,
        SiteWork,
        StepTimes,
        StopJob,
        Sweep,
        WatchSites,
      ],
    };
  }
}
