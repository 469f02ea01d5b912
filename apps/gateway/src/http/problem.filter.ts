import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { logger } from '@orion/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { mapError } from './map-error';
import { problemOf, PROBLEM_MEDIA_TYPE, retryAfterOf } from './problem';
import { traceIdOf } from './request-span';

const log = logger('http');

/** Answers every error as a problem document. What was thrown goes to the log, never to the client. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = mapError(thrown);
    if (error.code === 'internal.error') log.error('Answering an unforeseen error', { err: thrown });
    if (error.code === 'service.unavailable') log.warn('Answering that the service is unavailable', { err: thrown });
    if (reply.sent || reply.raw.headersSent) return;
    const problem = problemOf(error, { instance: pathOf(request), traceId: traceIdOf(request) });
    const retryAfter = error.facts['retryAfterSeconds'] ?? retryAfterOf(error.code);
    if (typeof retryAfter === 'number') void reply.header('retry-after', String(retryAfter));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="orion"');
    void reply.status(problem.status).header('content-type', PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
  }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '/';
}
