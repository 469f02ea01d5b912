export { orchestratorConfig } from './config';
export { orchestratorService } from './orchestrator.service';
