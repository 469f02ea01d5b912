import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '../metrics/metrics';
import type { VersionInfo } from '../version';
import type { Health } from './health';

export interface HealthServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly version: VersionInfo;
}

export interface HealthServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Answers `/health`, `/health/live`, `/health/ready`, `/version` and `/metrics` for services that have no API of their own.
 * Ready is 503 while a required check is down; live is 200 as long as the process answers at all.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    answer(path, options, response).catch((error: unknown) => {
      send(response, 500, { code: 'internal.error', detail: error instanceof Error ? error.message : String(error) });
    });
  });
  await listen(server, options.port, options.host);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string, { health, metrics, version }: HealthServerOptions, response: ServerResponse) {
  switch (path) {
    case '/health':
      return send(response, 200, await health.report());
    case '/health/live':
      return send(response, 200, { state: 'up' });
    case '/health/ready': {
      const report = await health.report();
      return send(response, report.state === 'down' ? 503 : 200, report);
    }
    case '/version':
      return send(response, 200, version);
    case '/metrics': {
      const { contentType, text } = await metrics.exposition();
      response.writeHead(200, { 'content-type': contentType }).end(text);
      return;
    }
    default:
      return send(response, 404, { code: 'route.not_found', detail: `There is no ${path} here.` });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const type = status === 404 || status === 500 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
