import { DomainError } from '@orion/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** Media types that a blueprint may come in beside JSON. */
export const YAML_MEDIA_TYPES = [
  'application/yaml',
  'application/x-yaml',
  'text/yaml',
  'text/x-yaml',
  'text/vnd.yaml',
  'application/vnd.yaml',
] as const;

/** Marks a route (by `@RouteConfig`) whose body is a document that its use case parses itself, broken ones included. */
export const DOCUMENT_ROUTE = { document: true } as const;

/** A document as it was sent. */
export interface SentDocument {
  readonly content: Buffer;
  readonly mediaType: 'application/json' | 'application/yaml';
}

/**
 * Reads JSON everywhere, YAML only where a route takes documents, nothing else (415). The body as it was sent stays at
 * `request.rawBody`. An empty body of type JSON is no body.
 */
export function parseBodies(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request, body, done) => {
      const raw = body as Buffer;
      request.rawBody = raw;
      if (takesDocuments(request))
        return done(null, { content: raw, mediaType: 'application/json' } satisfies SentDocument);
      if (raw.length === 0) return done(null, undefined);
      return parseJson(request, raw.toString('utf8'), done);
    },
  );
  server.addContentTypeParser(
    [...YAML_MEDIA_TYPES],
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request, body, done) => {
      const raw = body as Buffer;
      request.rawBody = raw;
      if (takesDocuments(request))
        return done(null, { content: raw, mediaType: 'application/yaml' } satisfies SentDocument);
      return done(new DomainError('request.unsupported_media_type', 'This route takes application/json.'), undefined);
    },
  );
}

function takesDocuments(request: FastifyRequest): boolean {
  return (request.routeOptions.config as { document?: boolean }).document === true;
}
