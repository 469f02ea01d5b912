import { once } from 'node:events';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { registerTestResource, waitFor } from '@orion/testing';
import type { ProxmoxOptions } from '../src/proxmox/proxmox-options';
import { ProxmoxClient } from '../src/proxmox/transport/proxmox-client';
import { aCertificate } from './test-certificate';
import { answer, aScriptedApi, type Script, type ScriptedApi } from './scripted-api';

const SECRET = '5ec2e700-0000-4000-8000-000000000000';

function clientOf(api: ScriptedApi, options: Partial<ProxmoxOptions> = {}): ProxmoxClient {
  const base = { url: api.url, tokenId: 'orion@pve!range', tokenSecret: SECRET, installation: 'lab' };
  const client = new ProxmoxClient({ ...base, fingerprint: api.fingerprint, ...options });
  registerTestResource({ dispose: () => client.close() });
  return client;
}

const version: Script = (_, response) => answer(response, { version: '9.1.9' });

describe('trust', () => {
  test('the certificate with the pinned fingerprint is trusted, and the token is sent', async () => {
    const tokens: (string | undefined)[] = [];
    const api = await aScriptedApi((request, response) => {
      tokens.push(request.headers.authorization);
      answer(response, {});
    });
    await clientOf(api, { fingerprint: api.fingerprint.toLowerCase() }).get('/version');
    expect(tokens).toEqual([`PVEAPIToken=orion@pve!range=${SECRET}`]);
  });

  test('the given authority is trusted instead of the system’s', async () => {
    const api = await aScriptedApi(version);
    const options = { url: api.url, caPem: api.cert, tokenId: 'a', tokenSecret: SECRET, installation: 'lab' };
    const client = new ProxmoxClient(options);
    registerTestResource({ dispose: () => client.close() });
    await expect(client.get('/version')).resolves.toEqual({ version: '9.1.9' });
  });

  test('no byte of a request reaches a server with another certificate', async () => {
    const api = await aScriptedApi(version);
    const other = await aCertificate();
    const system = { url: api.url, tokenId: 'a', tokenSecret: SECRET, installation: 'lab' };
    const clients = [
      clientOf(api, { fingerprint: other.fingerprint }),
      clientOf(api, { caPem: other.cert }),
      new ProxmoxClient(system),
      new ProxmoxClient({ ...system, caPem: other.cert }),
    ];
    for (const client of clients) {
      await expect(client.get('/version')).rejects.toMatchObject({
        code: 'hypervisor.tls_untrusted',
        errorClass: 'permanent',
      });
    }
    expect(api.requests).toEqual([]);
    for (const socket of api.connections) expect(socket.bytesRead).toBe(0);
  });
});

describe('repetition', () => {
  test('a read whose connection breaks is repeated, a change never is', async () => {
    const api = await aScriptedApi((request) => void request.socket.destroy());
    const client = clientOf(api);
    await expect(client.get('/version')).rejects.toMatchObject({
      code: 'hypervisor.unreachable',
      errorClass: 'retryable',
    });
    expect(api.requests).toHaveLength(4);
    const change = client.call({ method: 'POST', route: '/nodes/{node}/qemu', at: { node: 'pve1' } });
    await expect(change).rejects.toMatchObject({ code: 'hypervisor.outcome_unknown', errorClass: 'unknown' });
    expect(api.requests).toHaveLength(5);
  });

  test('a read is repeated after 596, and not after an error that Proxmox VE explains', async () => {
    const answers = [596, 500];
    const api = await aScriptedApi((_, response) => response.writeHead(answers.shift() ?? 500, 'no such thing').end());
    await expect(clientOf(api).get('/version')).rejects.toMatchObject({ code: 'hypervisor.rejected' });
    expect(api.requests).toHaveLength(2);
  });

  test('a change without an answer in time has an unknown outcome', async () => {
    const api = await aScriptedApi(() => undefined);
    const change = clientOf(api).call({ method: 'PUT', route: '/x', timeoutMs: 50 });
    await expect(change).rejects.toMatchObject({ errorClass: 'unknown', evidence: { connectionCode: 'ETIMEDOUT' } });
  });
});

test('nobody listens: the hypervisor is unreachable', async () => {
  const api = await aScriptedApi(version);
  const client = clientOf(api, { url: 'https://127.0.0.1:1' });
  const change = client.call({ method: 'POST', route: '/x' });
  await expect(change).rejects.toMatchObject({ code: 'hypervisor.unreachable', evidence: { ambiguous: false } });
});

test('a text that only the reason phrase carries is read', async () => {
  const api = await aScriptedApi((_, response) =>
    response.writeHead(500, 'VM is locked (clone)').end(JSON.stringify({ data: null })),
  );
  await expect(clientOf(api).get('/x')).rejects.toMatchObject({ code: 'hypervisor.locked', errorClass: 'conflict' });
});

test('an answer without end is refused', async () => {
  const api = await aScriptedApi((_, response) => {
    response.writeHead(200);
    for (let chunk = 0; chunk < 34; chunk += 1) response.write(Buffer.alloc(2 ** 20, 'x'));
  });
  await expect(clientOf(api).get('/x')).rejects.toMatchObject({ code: 'hypervisor.rejected' });
});

test('a change sends a form; a read sends a query', async () => {
  const bodies: string[] = [];
  const api = await aScriptedApi((request, response, body) => {
    bodies.push(`${request.headers['content-type'] ?? ''} ${body}`);
    answer(response, null);
  });
  const client = clientOf(api);
  await client.call({ method: 'POST', route: '/a', form: { full: true, command: ['ls', 'ü'] } });
  await client.call({ method: 'DELETE', route: '/b', form: { purge: true } });
  expect(bodies[0]).toBe('application/x-www-form-urlencoded full=1&command=ls&command=%C3%BC');
  expect(api.requests).toEqual(['POST /api2/json/a', 'DELETE /api2/json/b?purge=1']);
});

test('an idle connection is closed before the server does it', async () => {
  const api = await aScriptedApi(version);
  await clientOf(api).get('/version');
  const idleSince = performance.now();
  const [connection] = api.connections;
  if (connection !== undefined && !connection.destroyed) await once(connection, 'close');
  expect(performance.now() - idleSince).toBeLessThan(4_500);
});

describe('turns', () => {
  test('no more calls are under way at once than allowed, and slow ones do not hold the others up', async () => {
    const open: (() => void)[] = [];
    const api = await aScriptedApi((request, response) => {
      if (request.url?.includes('/hold') === true) open.push(() => answer(response, null));
      else answer(response, null);
    });
    const client = clientOf(api, { concurrency: { calls: 3, slowCallsPerHost: 2 } });
    const held = Array.from({ length: 5 }, () => client.get('/hold'));
    const slow = (node: string) => client.call({ method: 'POST', route: '/{node}/hold', at: { node }, lane: 'agent' });
    const slowOnes = [slow('pve1'), slow('pve1'), slow('pve1'), slow('pve2')];
    await waitFor(() => open.length === 6);
    expect(api.requests.filter((request) => request.startsWith('GET'))).toHaveLength(3);
    expect(api.requests.filter((request) => request.includes('pve1'))).toHaveLength(2);
    await waitFor(() => {
      open.splice(0).forEach((release) => release());
      return api.requests.length === 9 && open.length === 0;
    });
    await Promise.all([...held, ...slowOnes]);
  });
});

test('each call of a trace has a span named by its route; neither spans nor errors hold the secret', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  registerTestResource({
    dispose: () => {
      trace.disable();
      context.disable();
    },
  });
  const api = await aScriptedApi((request, response) => {
    if (request.method === 'GET') answer(response, {});
    else request.socket.destroy();
  });
  const client = clientOf(api);
  await client.get('/nodes');
  const failure = await trace.getTracer('spec').startActiveSpan('a command', async (): Promise<unknown> => {
    await client.get('/nodes/{node}/qemu/{vmid}/config', { node: 'pve1', vmid: 4001 });
    return client.call({ method: 'POST', route: '/broken' }).catch((error: unknown) => error);
  });
  const [good, bad] = exporter.getFinishedSpans();
  expect(good?.name).toBe('proxmox GET /nodes/{node}/qemu/{vmid}/config');
  expect(good?.attributes).toEqual({
    'http.method': 'GET',
    'http.route': '/nodes/{node}/qemu/{vmid}/config',
    'http.status_code': 200,
  });
  const everything = JSON.stringify([good?.attributes, bad?.attributes, bad?.status, bad?.events, failure]);
  expect(everything + String(failure) + String((failure as Error).stack)).not.toContain(SECRET);
});
