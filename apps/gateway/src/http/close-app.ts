import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { logger } from '@orion/runtime';

const log = logger('http');

/**
 * Takes no new connection, lets requests finish for at most `patienceMs`, and closes each connection as soon as it is idle:
 * clients keep theirs open for minutes.
 */
export async function closeApp(app: NestFastifyApplication, patienceMs: number): Promise<void> {
  const server = app.getHttpServer();
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => {
    log.warn('Cutting off requests that do not finish', { waitedMs: patienceMs });
    server.closeAllConnections();
  }, patienceMs);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}
