import type { FastifyInstance } from 'fastify';

/** Answers are data for programs: no browser is to guess their type, frame them or run anything in them. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'";

export function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    void reply.headers(HEADERS);
    if (!reply.hasHeader('content-security-policy')) void reply.header('content-security-policy', NOTHING_RUNS);
    if (!reply.hasHeader('cache-control') && request.headers.authorization !== undefined) {
      void reply.header('cache-control', 'no-store');
    }
    done(null, payload);
  });
}
