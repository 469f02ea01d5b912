import 'reflect-metadata';

import { runMain } from '@orion/runtime';

import { gatewayService } from './gateway.service';

void runMain(gatewayService);
