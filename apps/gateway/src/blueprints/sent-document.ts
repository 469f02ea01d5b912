import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import { DomainError } from '@orion/domain';
import type { FastifyRequest } from 'fastify';

import { DOCUMENT_ROUTE, YAML_MEDIA_TYPES, type SentDocument } from '../http/body-parsers';

/** The route takes a blueprint as JSON or YAML. */
export function TakesDocument(): MethodDecorator {
  return applyDecorators(
    RouteConfig(DOCUMENT_ROUTE),
    ApiConsumes('application/json', ...YAML_MEDIA_TYPES),
    ApiBody({ description: 'A blueprint; its schema is at `/schemas/blueprint/v1`.', schema: { type: 'object' } }),
  );
}

/** Hands a handler the document as it was sent, unparsed. */
export const Sent = createParamDecorator((_: unknown, context: ExecutionContext): SentDocument => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>();
  if (body === undefined || body === null) {
    throw new DomainError('request.unsupported_media_type', 'Send a document as application/json or application/yaml.');
  }
  return body as SentDocument;
});
