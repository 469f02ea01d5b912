import { join } from 'node:path';
import { defineService, startNatsServer, startRedisServer } from '@orion/runtime';
import { platformConfig } from '../profile/platform-config';
import { startPlatform } from '../profile/start-platform';
import { launchProcess } from './launch-process';
import { simulateApart } from './simulate-apart';

/** The distributed profile as native processes on this machine, on a real Redis and a real NATS. */
export const stackService = defineService({
  name: 'orion-stack',
  config: platformConfig,
  build: (context) =>
    startPlatform(context, {
      launch: launchProcess,
      wire: async ({ config, onStop }) => {
        const redis = await startRedisServer({ dir: join(config.ORION_DATA_DIR, 'redis') });
        onStop('redis', () => redis.stop());
        const nats = await startNatsServer({ dir: join(config.ORION_DATA_DIR, 'nats') });
        onStop('nats', () => nats.stop());
        return { redisUrl: redis.url, bus: { transport: 'nats', url: nats.url } };
      },
      simulate: simulateApart,
    }),
});
