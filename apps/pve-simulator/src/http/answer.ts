import type { ServerResponse } from 'node:http';
import type { PveVersion } from '../sim';
import { PlainError } from './body';
import { Unauthorized } from './authenticate';
import { PveError, textOf } from './pve-error';
import { Listed } from './router';

const JSON_TYPE = 'application/json;charset=UTF-8';
/** Longer lists keep the order of their keys: shuffling is a courtesy that should stay cheap. */
const SHUFFLED_ENTRIES = 40;

let turn = 0;

/** Key order differs from answer to answer on the real thing, so no client should come to rely on one. */
function shuffled(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) return value.length > SHUFFLED_ENTRIES ? value : value.map((one) => shuffled(one, depth));
  if (typeof value !== 'object' || value === null || depth > 2) return value;
  const entries = Object.entries(value);
  turn = (turn + 1) % 97;
  const at = entries.length === 0 ? 0 : turn % entries.length;
  const rotated = [...entries.slice(at), ...entries.slice(0, at)];
  return Object.fromEntries(rotated.map(([key, one]) => [key, shuffled(one, depth + 1)]));
}

export function sendData(response: ServerResponse, data: unknown): void {
  const body =
    data instanceof Listed ? { data: data.data, ...(data.total > 0 ? { total: data.total } : {}) } : { data };
  send(response, 200, 'OK', JSON.stringify(shuffled(body ?? null)), JSON_TYPE);
}

/** Every error ends the connection. Texts are whole in the body and cut to one line in the reason phrase. */
export function sendError(response: ServerResponse, error: unknown, version: PveVersion): void {
  const failure = error instanceof PveError ? error : new PveError(500, textOf(error));
  const { status, message } = failure;
  const reason = reasonPhrase(message);
  if (failure instanceof Unauthorized || status >= 595) return send(response, status, reason, '', 'text/html');
  if (failure instanceof PlainError) return send(response, status, reason, message, 'text/plain');
  const text = status === 501 ? message : `${message}\n`;
  const body = {
    data: null,
    ...(version.messageInBody ? { message: text } : {}),
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
  };
  send(response, status, reason, JSON.stringify(shuffled(body)), JSON_TYPE);
}

function reasonPhrase(message: string): string {
  // A reason phrase is one line of printable Latin-1.
  return (message.split('\n')[0] ?? '').replace(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}

function send(response: ServerResponse, status: number, reason: string, body: string, type: string): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(body, 'utf8');
  response.writeHead(status, reason, {
    'Cache-Control': 'max-age=0',
    Connection: status >= 400 ? 'close' : 'Keep-Alive',
    'Content-Length': bytes.length,
    'Content-Type': type,
    Pragma: 'no-cache',
    Server: 'pve-api-daemon/3.0',
  });
  response.end(bytes);
}
