import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { JobWaker, type QueueOptions } from '@orion/job-queue';
import { createDataSource } from '@orion/persistence';
import { defineService, type ConfigOf } from '@orion/runtime';
import type { AddressInfo } from 'node:net';

import { assertEveryRouteGuarded } from './access/guarded-routes';
import { deliverTo, firstStart } from './access/first-start';
import { BlueprintDocuments } from './blueprints/blueprint-documents';
import { gatewayConfig } from './config';
import { EventHub } from './events/event-hub';
import { ReadEvents } from './events/read-events.use-case';
import { CONTROLLERS, GatewayModule } from './gateway.module';
import { closeApp } from './http/close-app';
import { createApp } from './http/create-app';
import { Documentation } from './openapi/documentation';
import { openApiDocument } from './openapi/openapi-document';

/** Of the time that a stop may take; the rest is for what is stopped after. */
const SHARE_FOR_REQUESTS = 0.7;

/** The REST API. Answers at `urls.http`. */
export const gatewayService = defineService({
  name: 'orion-gateway',
  config: gatewayConfig,
  async build({ config, version, clock, metrics, health, onStop }) {
    assertEveryRouteGuarded(CONTROLLERS);
    const source = createDataSource({
      url: config.ORION_DATABASE_URL,
      applicationName: 'orion-gateway',
      poolSize: config.ORION_DATABASE_POOL,
    });
    await source.initialize();
    onStop('database', () => source.destroy());
    await firstStart(source, deliverTo(config.ORION_ADMIN_KEY_FILE));

    const documents = new BlueprintDocuments();
    onStop('blueprint workers', () => documents.stop());
    const settings = {
      keyCacheMs: config.ORION_KEY_CACHE,
      rateLimit: config.ORION_RATE_LIMIT,
      eventStreams: config.ORION_EVENT_STREAMS,
      eventCommentMs: config.ORION_EVENT_COMMENT_INTERVAL,
    };
    const queue = queueOptions(config);
    const module = GatewayModule.of({ source, queue, documents, settings, clock, metrics, health, version });
    const app = await createApp(module, { metrics, requestTimeoutMs: config.ORION_REQUEST_TIMEOUT });
    onStop('http', () => closeApp(app, config.ORION_SHUTDOWN_TIMEOUT * SHARE_FOR_REQUESTS));

    const hub = app.get(EventHub);
    await hub.start(config.ORION_DATABASE_URL);
    onStop('event hub', () => hub.stop());
    const waker = app.get(JobWaker);
    health.add(
      { name: 'postgres', check: () => source.query('SELECT 1').then(() => ({ state: 'up' as const })) },
      // Work is accepted without it: the orchestrators find it in PostgreSQL a second later.
      {
        name: 'queue',
        required: false,
        check: () => waker.ping().then((latencyMs) => ({ state: 'up' as const, latencyMs })),
      },
    );

    app.get(Documentation).document = openApiDocument(app, version.version);
    await app.listen(config.ORION_HTTP_PORT, config.ORION_HTTP_HOST);
    const events = app.get(ReadEvents);
    onStop('event streams', () => events.endAll());
    return { http: urlOf(app, config.ORION_HTTP_HOST) };
  },
});

function queueOptions(config: ConfigOf<typeof gatewayConfig>): QueueOptions {
  const prefix = config.ORION_QUEUE_PREFIX;
  return config.ORION_QUEUE === 'redis'
    ? { backend: 'redis', url: config.ORION_REDIS_URL ?? '', prefix }
    : { backend: 'postgres', url: config.ORION_DATABASE_URL, prefix };
}

function urlOf(app: NestFastifyApplication, host: string): string {
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${reachable}:${port}`;
}
