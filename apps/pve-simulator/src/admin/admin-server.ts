import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Sim } from '../sim';
import { AdminError } from './admin-error';
import { ADMIN_ROUTES, type AdminCall } from './admin-routes';

/** The control endpoint of the simulator: plain HTTP and JSON, for loopback only. */
export function createAdminServer(sim: Sim): Server {
  return createServer((request, response) => {
    void answer(request, response, sim);
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, sim: Sim): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://admin');
    const body = await readJson(request);
    const data = await route(request.method ?? 'GET', url, body, sim);
    send(response, 200, data ?? null);
  } catch (error) {
    const status = error instanceof AdminError ? error.status : 400;
    send(response, status, { error: error instanceof Error ? error.message : String(error) });
  }
}

async function route(method: string, url: URL, body: AdminCall['body'], sim: Sim): Promise<unknown> {
  const path = url.pathname.replace(/\/$/, '') || '/';
  for (const [pattern, handler] of ADMIN_ROUTES) {
    const [wanted, template = ''] = pattern.split(' ');
    if (wanted !== method) continue;
    const names: string[] = [];
    const expression = template.replace(/\{(\w+)\}/g, (_, name: string) => {
      names.push(name);
      return '([^/]+)';
    });
    const match = new RegExp(`^${expression}$`).exec(path);
    if (match === null) continue;
    const uri = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
    return handler({ sim, uri, body, query: url.searchParams });
  }
  throw new AdminError(404, `no admin endpoint ${method} ${path}`);
}

async function readJson(request: IncomingMessage): Promise<AdminCall['body']> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as AdminCall['body']);
}

function send(response: ServerResponse, status: number, data: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(data));
}
