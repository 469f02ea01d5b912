import type { IncomingMessage } from 'node:http';
import { authId, type Caller } from '../access/access-control';
import { same } from '../access/tickets';
import type { Sim } from '../sim';
import { PveError } from './pve-error';

/** 401 without a body; the server delays it. */
export class Unauthorized extends PveError {
  constructor(reason: string) {
    super(401, reason);
  }
}

const COOKIE = /(?:^|;\s*)PVEAuthCookie=([^;]*)/;
const TOKEN = /^PVEAPIToken=([^\s!]+@[^\s!]+)!([^\s=]+)=(\S+)$/;

/** The caller of a request. A login cookie wins over an API token, and needs its own token on writes. */
export function authenticate(request: IncomingMessage, sim: Sim): Caller {
  const cookie = COOKIE.exec(request.headers.cookie ?? '')?.[1];
  if (cookie !== undefined && cookie !== '') return byTicket(request, decodeURIComponent(cookie), sim);
  const header = request.headers.authorization;
  if (header === undefined || !header.startsWith('PVEAPIToken')) throw new Unauthorized('No ticket');
  const [, user, id, secret] = TOKEN.exec(header) ?? [];
  if (user === undefined || id === undefined || secret === undefined) throw new Unauthorized('Authentication failed!');
  const caller: Caller = { user, tokenId: id };
  const token = sim.access.tokens.get(authId(caller));
  if (token === undefined || !same(token.secret, secret)) throw new Unauthorized('Authentication failed!');
  return caller;
}

function byTicket(request: IncomingMessage, ticket: string, sim: Sim): Caller {
  const user = sim.tickets.userOf(ticket, sim.time.epochSeconds());
  if (user === undefined) throw new Unauthorized('Authentication failed!');
  const csrf = request.headers['csrfpreventiontoken'];
  if (request.method !== 'GET' && !(typeof csrf === 'string' && sim.tickets.csrfFits(user, csrf))) {
    throw new Unauthorized('Permission denied - invalid csrf token');
  }
  return { user };
}
