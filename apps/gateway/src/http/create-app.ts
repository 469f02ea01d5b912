import { VersioningType, VERSION_NEUTRAL } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger, type Metrics } from '@orion/runtime';
import type { DynamicModule } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import { AccessGuard } from '../access/access.guard';
import { AnswerInterceptor } from './answer.interceptor';
import { BODY_LIMIT_BYTES, parseBodies } from './body-parsers';
import { answerBrokenConnections } from './broken-connections';
import { ProblemFilter } from './problem.filter';
import { observeRequests } from './request-span';
import { addSecurityHeaders } from './security-headers';
import { requestValidation } from './validation';

export interface HttpOptions {
  readonly metrics: Metrics;
  readonly requestTimeoutMs: number;
}

/** Builds the application around its module; it does not listen yet. Every route answers at the root and under `/v1`. */
export async function createApp(module: DynamicModule, options: HttpOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    // Node takes the longer of the two for the whole request, so both are set.
    http: {
      connectionsCheckingInterval: 500,
      headersTimeout: options.requestTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: () => randomUUID(),
    clientErrorHandler: answerBrokenConnections,
    routerOptions: { ignoreTrailingSlash: true },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: new NestLogger(),
    abortOnError: false,
  });
  const server = adapter.getInstance();
  parseBodies(server);
  observeRequests(server, options.metrics);
  addSecurityHeaders(server);
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: [VERSION_NEUTRAL, '1'] });
  app.useGlobalGuards(app.get(AccessGuard));
  app.useGlobalPipes(requestValidation());
  app.useGlobalInterceptors(app.get(AnswerInterceptor));
  app.useGlobalFilters(new ProblemFilter());
  return app;
}
