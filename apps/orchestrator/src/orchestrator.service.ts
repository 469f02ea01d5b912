import { busOptions, listenOnBus, openOrchestratorSide } from '@orion/agent-bus';
import { JobWaker, type QueueOptions } from '@orion/job-queue';
import { createDataSource, InstallationStore, transaction } from '@orion/persistence';
import { defineService, startHealthServer, type ConfigOf } from '@orion/runtime';
import { randomUUID } from 'node:crypto';

import { orchestratorConfig } from './config';
import { OrchestratorMetrics } from './metrics';
import { OrchestratorModule } from './orchestrator.module';
import { Settings } from './settings';

/** Turns intent into steps, sends them to agents, records what they bring. Health and metrics at `urls.health`. */
export const orchestratorService = defineService({
  name: 'orion-orchestrator',
  config: orchestratorConfig,
  async build({ config, version, metrics, health, onStop }) {
    const source = createDataSource({
      url: config.ORION_DATABASE_URL,
      applicationName: 'orion-orchestrator',
      poolSize: config.ORION_DATABASE_POOL,
    });
    await source.initialize();
    onStop('database', () => source.destroy());
    const installation = await transaction(source, (db) => new InstallationStore(db).ensure(randomUUID()));

    const bus = openOrchestratorSide(busOptions(config));
    onStop('bus', () => bus.close());
    const settings = new Settings(installation, config.ORION_SWEEP_INTERVAL, config.ORION_STEP_GRACE, {
      eventDays: config.ORION_EVENT_RETENTION_DAYS,
      auditDays: config.ORION_AUDIT_RETENTION_DAYS,
    });
    const parts = { source, queue: queueOptions(config), agents: bus.agents, settings };
    const module = OrchestratorModule.of({ ...parts, metrics: new OrchestratorMetrics(metrics) });
    const app = await listenOnBus(module, bus);
    onStop('work', () => app.close());

    const waker = app.get(JobWaker, { strict: false });
    health.add(
      { name: 'postgres', check: () => source.query('SELECT 1').then(() => ({ state: 'up' as const })) },
      // Without the queue the sweep finds the same jobs, a second later.
      {
        name: 'queue',
        required: false,
        check: () => waker.ping().then((latencyMs) => ({ state: 'up' as const, latencyMs })),
      },
      { name: 'bus', check: () => Promise.resolve(bus.health()) },
    );
    const server = await startHealthServer({
      host: config.ORION_HEALTH_HOST,
      port: config.ORION_HEALTH_PORT,
      health,
      metrics,
      version,
    });
    onStop('health', () => server.stop());
    return { health: server.url };
  },
});

function queueOptions(config: ConfigOf<typeof orchestratorConfig>): QueueOptions {
  const prefix = config.ORION_QUEUE_PREFIX;
  return config.ORION_QUEUE === 'redis'
    ? { backend: 'redis', url: config.ORION_REDIS_URL ?? '', prefix }
    : { backend: 'postgres', url: config.ORION_DATABASE_URL, prefix };
}
