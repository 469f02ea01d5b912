import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { registerTestResource } from '@orion/testing';
import { aCertificate, type TestCertificate } from './test-certificate';

export type Script = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface ScriptedApi extends TestCertificate {
  readonly url: string;
  /** What reached the server, as `GET /api2/json/version`. */
  readonly requests: string[];
  readonly connections: Socket[];
}

/** An HTTPS server that answers what a test says, for what a simulator never does. Ends with the test file. */
export async function aScriptedApi(script: Script): Promise<ScriptedApi> {
  const certificate = await aCertificate();
  const requests: string[] = [];
  const connections: Socket[] = [];
  const server = createServer({ ...certificate, keepAliveTimeout: 60_000 }, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => script(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  server.on('secureConnection', (socket: Socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registerTestResource({
    dispose: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return { ...certificate, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, connections };
}

export function answer(response: ServerResponse, data: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
}
