export { orchestratorConfig } from './config';
export { orchestratorService } from './orchestrator.service';

// The use cases without their transports, for the model of the protocol in `e2e/src/protocol`.
export { DispatchSite } from './dispatch/dispatch-site.use-case';
export { FollowCommit } from './dispatch/follow-commit';
export { SendCancellations } from './dispatch/send-cancellations';
export { SendCommands } from './dispatch/send-commands';
export { SiteWork } from './dispatch/site-work';
export { EstimateJobs } from './estimates/estimate-jobs';
export { FactBatcher } from './facts/fact-batcher';
export { RecordFacts } from './facts/record-facts.use-case';
export { AdvanceJob } from './jobs/advance-job.use-case';
export { EnforceTimes } from './jobs/enforce-times';
export { SettleJob } from './jobs/settle-job';
export { StopJob } from './jobs/stop-job';
export { OrchestratorMetrics } from './metrics';
export type { NodeSpec } from './planning/node-spec';
export { PlanJob } from './planning/plan-job';
export { StepTimes } from './planning/step-times';
export { Settings } from './settings';
export { ServeAgents } from './sites/serve-agents';
export { Sweep } from './sweep/sweep';
