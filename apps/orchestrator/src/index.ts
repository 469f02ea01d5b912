export { orchestratorConfig } from './config';
export { orchestratorService } from './orchestrator.service';

// The use cases without their transports, for the model of the protocol in `e2e/src/protocol`.
export { SiteWork } from './dispatch/site-work';
export { FactBatcher } from './facts/fact-batcher';
export { AdvanceJob } from './jobs/advance-job.use-case';
export { OrchestratorMetrics } from './metrics';
export type { NodeSpec } from './planning/node-spec';
export { Settings } from './settings';
export { ServeAgents } from './sites/serve-agents';
export { Sweep } from './sweep/sweep';
