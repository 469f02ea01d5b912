import 'reflect-metadata';

import { runMain } from '@orion/runtime';

import { orchestratorService } from './orchestrator.service';

void runMain(orchestratorService, { background: true });
