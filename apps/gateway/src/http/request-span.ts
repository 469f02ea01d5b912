import { context, propagation, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { logger, withLogContext, type Metrics } from '@orion/runtime';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Principal } from '@orion/domain';

declare module 'fastify' {
  interface FastifyRequest {
    span?: Span;
    principal?: Principal;
    /** The body as it was sent. */
    rawBody?: Buffer;
  }
}

const log = logger('http');
const tracer = trace.getTracer('orion');

/** Routes that monitoring asks every few seconds: their lines would bury the others. */
const QUIET = new Set(['/health', '/health/live', '/health/ready', '/metrics']);

/**
 * Gives every request a span `HTTP <METHOD> <route>` that continues the caller's trace, one log line at its end, and its
 * place in the metrics. Handlers run inside the span.
 */
export function observeRequests(server: FastifyInstance, metrics: Metrics): void {
  const inService = AsyncLocalStorage.snapshot();
  const durations = metrics.histogram({
    name: 'orion_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labels: ['method', 'route', 'status'],
  });

  server.addHook('onRequest', (request, _reply, done) => {
    inService(() => {
      const parent = propagation.extract(context.active(), request.headers);
      const name = `HTTP ${request.method} ${routeOf(request)}`;
      const attributes = {
        'http.request.method': request.method,
        'http.route': routeOf(request),
        'url.path': pathOf(request),
      };
      request.span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    });
    done();
  });

  // After the body has been read: reading it leaves the asynchronous context of the earlier hooks.
  server.addHook('preHandler', (request, _reply, done) => {
    const span = request.span;
    inService(() => {
      const around = span ? trace.setSpan(context.active(), span) : context.active();
      context.with(around, () => withLogContext({ requestId: request.id }, done));
    });
  });

  server.addHook('onResponse', (request, reply, done) => {
    inService(() => finish(request, reply));
    const labels = { method: request.method, route: routeOf(request), status: String(reply.statusCode) };
    durations.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}

export function traceIdOf(request: FastifyRequest): string | undefined {
  return request.span?.spanContext().traceId;
}

function finish(request: FastifyRequest, reply: FastifyReply): void {
  const { span, principal } = request;
  if (span === undefined) return;
  span.setAttribute('http.response.status_code', reply.statusCode);
  if (principal) span.setAttribute('orion.tenant_id', principal.tenantId);
  if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  const route = routeOf(request);
  const level = QUIET.has(route) && reply.statusCode < 500 ? 'debug' : 'info';
  context.with(trace.setSpan(context.active(), span), () =>
    withLogContext(
      principal ? { requestId: request.id, tenantId: principal.tenantId } : { requestId: request.id },
      () =>
        log[level]('Answered request', {
          method: request.method,
          path: pathOf(request),
          route,
          status: reply.statusCode,
          durationMs: Math.round(reply.elapsedTime * 10) / 10,
          apiKeyId: principal?.keyId,
        }),
    ),
  );
  span.end();
}

/** The route as it was declared, so that ids do not make one of their own each. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? '(none)';
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '/';
}
