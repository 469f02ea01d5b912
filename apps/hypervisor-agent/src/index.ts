export { agentService } from './agent.service';
export { agentConfig } from './config';
