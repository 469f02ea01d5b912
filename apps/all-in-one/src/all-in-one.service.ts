import { gatewayService } from '@orion/gateway';
import { agentService } from '@orion/hypervisor-agent';
import { orchestratorService } from '@orion/orchestrator';
import { defineService, freePort } from '@orion/runtime';
import { inThisProcess } from './profile/launcher';
import { platformConfig } from './profile/platform-config';
import { simulateHere } from './profile/simulated-cluster';
import { startPlatform } from './profile/start-platform';

/** The three services in one process, with their database and a simulated cluster: all a laptop needs. */
export const allInOneService = defineService({
  name: 'orion-all-in-one',
  config: platformConfig,
  build: (context) =>
    startPlatform(context, {
      launch: inThisProcess({
        gateway: gatewayService,
        orchestrator: orchestratorService,
        'hypervisor-agent': agentService,
      }),
      wire: async (_, { busToken: token }) => ({
        bus: { transport: 'tcp', orchestratorPort: await freePort(), agentPort: await freePort(), token },
      }),
      simulate: simulateHere,
    }),
});
