import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { authId } from '../access/access-control';
import type { Fault, Subject } from '../faults/faults';
import type { Sim } from '../sim';
import { Interrupted } from '../timing/time';
import { sendData, sendError } from './answer';
import { authenticate, Unauthorized } from './authenticate';
import { BODY_LIMIT, parseBody, parseForm, PlainError } from './body';
import { admit, perform, type Ask } from './dispatch';
import { PveError, notImplemented } from './pve-error';
import type { RawParameters } from './parameters';
import type { Method, Router } from './router';

const PREFIX = '/api2/json';
const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE'];
/** The header a daemon still reads; a longer one closes the connection without an answer. */
const HEADER_LIMIT = 8192;

interface Credentials {
  readonly key: string;
  readonly cert: string;
}

export function createApiServer(credentials: Credentials, router: Router, sim: Sim): Server {
  const server = createServer(
    { key: credentials.key, cert: credentials.cert, maxHeaderSize: 65_536 },
    (request, response) => {
      void serve(request, response, router, sim);
    },
  );
  server.keepAliveTimeout = 5000;
  return server;
}

/** Drops the connection without an answer. */
class Dropped extends Error {}

async function serve(request: IncomingMessage, response: ServerResponse, router: Router, sim: Sim): Promise<void> {
  const began = performance.now();
  const seen: { operation?: string; caller?: string; upid?: string } = {};
  const path = pathOf(request);
  let outcome: { status: number | 'dropped'; reason?: string } = { status: 200 };
  try {
    const data = await handle(request, path, router, sim, seen);
    if (typeof data === 'string' && data.startsWith('UPID:')) seen.upid = data;
    sendData(response, data ?? null);
  } catch (error) {
    outcome = await fail(request, response, error, sim);
  }
  const milliseconds = Math.round((performance.now() - began) * 10) / 10;
  sim.requests.add({ method: request.method ?? '', path, ...seen, ...outcome, milliseconds });
}

function pathOf(request: IncomingMessage): string {
  const whole = (request.url ?? '/').split('?')[0] ?? '/';
  return decoded(whole.startsWith(PREFIX) ? whole.slice(PREFIX.length) : whole);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function fail(request: IncomingMessage, response: ServerResponse, error: unknown, sim: Sim) {
  if (error instanceof Dropped || error instanceof Interrupted) {
    request.socket.destroy();
    return { status: 'dropped' as const };
  }
  if (error instanceof Unauthorized) await sim.time.wait(sim.profile.unauthorized).catch(() => undefined);
  sendError(response, error, sim.version);
  if (!request.complete) request.resume();
  const status = error instanceof PveError ? error.status : 500;
  return { status, reason: error instanceof Error ? error.message : String(error) };
}

async function handle(
  request: IncomingMessage,
  path: string,
  router: Router,
  sim: Sim,
  seen: { operation?: string; caller?: string },
): Promise<unknown> {
  const method = request.method ?? '';
  if (!METHODS.includes(method)) throw new PlainError(501, `method '${method}' not available`, {});
  if (!(request.url ?? '').startsWith(PREFIX)) throw notImplemented(method, path);
  if (request.rawHeaders.some((text) => text.length > HEADER_LIMIT)) {
    await sim.time.wait(sim.profile.agentBroken);
    throw new Dropped();
  }
  if (request.headers['transfer-encoding'] !== undefined) {
    throw new PlainError(501, 'chunked transfer encoding not supported');
  }
  const ask = await readAsk(request, method as Method, path, router, sim);
  if (ask.caller !== undefined) seen.caller = authId(ask.caller);
  const found = admit(ask, router, sim);
  const { route, incoming } = found;
  seen.operation = route.operation;
  const subject = subjectOf(route.operation, incoming.host, incoming.vmid, ask.raw);
  const faults = sim.faults.takeForCall(subject);
  await sim.time.wait((route.isProtected === true ? sim.profile.protectedCall : sim.profile.readCall) + faults.delay);
  await sim.holds.pass('request', subject);
  if (faults.lag !== undefined) sim.publication.freeze(faults.lag);
  if (faults.before !== undefined) await strike(faults.before, sim);
  const data = await perform(found, sim);
  await sim.holds.pass('response', subject);
  if (faults.after !== undefined) await strike(faults.after, sim);
  return data;
}

async function readAsk(request: IncomingMessage, method: Method, path: string, router: Router, sim: Sim): Promise<Ask> {
  const isPublic = router.find(method, path)?.route.isPublic === true && !hasCredentials(request);
  const caller = isPublic ? undefined : authenticate(request, sim);
  const length = Number(request.headers['content-length'] ?? 0);
  let body: RawParameters = {};
  if (length > 0) {
    if (method === 'GET' || method === 'DELETE') {
      throw new PlainError(501, `Unexpected content for method '${method}'`);
    }
    if (length > BODY_LIMIT) throw new PlainError(501, 'for data too large');
  }
  if (method === 'POST' || method === 'PUT') {
    const type = request.headers['content-type'];
    if (length > 0 || (type !== undefined && !type.startsWith('application/x-www-form'))) {
      body = parseBody(type, await readAll(request));
    }
  }
  const query = (request.url ?? '').split('?').slice(1).join('?');
  return { method, path, caller, raw: query === '' ? body : { ...parseForm(query), ...body } };
}

function hasCredentials(request: IncomingMessage): boolean {
  return (request.headers.authorization ?? '').startsWith('PVEAPIToken');
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

function subjectOf(operation: string, host: string, vmid: number, raw: RawParameters): Subject {
  const newId = Number(raw['newid'] ?? (operation === 'vm.create' ? raw['vmid'] : 0));
  return { operation, host, vmIds: [vmid, newId].filter((id) => id > 0) };
}

async function strike(fault: Fault, sim: Sim): Promise<void> {
  switch (fault.kind) {
    case 'dropConnection':
    case 'dropConnectionAfterExecuting':
      throw new Dropped();
    case '596BeforeExecuting':
    case '596AfterExecuting':
      await sim.time.wait(fault.milliseconds ?? sim.profile.proxyTimeout);
      throw new PveError(596, fault.text ?? 'Connection timed out');
    case 'respond500':
    case 'respond500AfterSuccess':
      throw new PveError(500, fault.text ?? 'got no worker upid - start worker failed');
    case 'delayMs':
    case 'hostFailsSilently':
    case 'lagListing':
    case 'loseUpid':
    case 'staleLock':
    case 'startReportsFailureYetStarts':
    case 'taskFails':
    case 'taskKilled':
    case 'taskReportsFailure':
      return;
  }
}
