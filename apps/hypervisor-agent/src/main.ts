import { runMain } from '@orion/runtime';
import { agentService } from './agent.service';

void runMain(agentService, { background: true });
