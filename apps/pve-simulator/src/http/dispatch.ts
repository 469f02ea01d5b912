import { ROOT, type Caller } from '../access/access-control';
import type { Sim } from '../sim';
import { badParameters, died, forbidden, notImplemented, PveError } from './pve-error';
import { checkParameters, type ParameterSchema, type RawParameters } from './parameters';
import { fillPath, type Check, type IncomingCall, type Method, type Right, type Route, type Router } from './router';
import { vmId } from './formats';

/** What a client asked for, before anything was looked at. */
export interface Ask {
  readonly method: Method;
  readonly path: string;
  readonly caller: Caller | undefined;
  readonly raw: RawParameters;
}

interface Found {
  readonly route: Route;
  readonly incoming: IncomingCall;
}

/** Finds the route, joins path and request parameters, and checks rights, then the host. */
export function admit(ask: Ask, router: Router, sim: Sim): Found {
  const found = router.find(ask.method, ask.path);
  if (found === undefined) throw notImplemented(ask.method, ask.path);
  const { route, uri } = found;
  for (const [name, value] of Object.entries(ask.raw)) {
    if (Object.hasOwn(uri, name) && String(value) !== uri[name]) {
      throw badParameters({ [name]: 'duplicate parameter (already defined in URI) with conflicting values!' });
    }
  }
  const caller = ask.caller ?? { user: 'nobody@pve' };
  const named = uri['node'];
  const incoming: IncomingCall = {
    method: ask.method,
    path: ask.path,
    caller,
    uri,
    raw: ask.raw,
    host: named === 'localhost' ? sim.cluster.first.name : (named ?? sim.cluster.first.name),
    vmid: Number(uri['vmid'] ?? 0),
  };
  checkRight(route.check, incoming, sim);
  if (named !== undefined && !sim.cluster.host(named).online) throw new PveError(595, 'No route to host');
  return { route, incoming };
}

function checkRight(check: Check, call: IncomingCall, sim: Sim): void {
  if (check === 'everyone') return;
  if (typeof check === 'function') check(call, sim);
  else requireRight(sim, call.caller, { ...check, path: fillPath(check.path, { ...call.raw, ...call.uri }) });
}

/** Fails with 403 unless the caller has one of the privileges. */
export function requireRight(sim: Sim, caller: Caller, right: Right): void {
  const privileges = sim.access.privileges(caller, right.path);
  if (!right.anyOf.some((name) => privileges.has(name))) {
    throw forbidden(`${right.path}, ${right.anyOf.join('|')}`);
  }
}

/** Checks the parameters and runs the handler. */
export async function perform({ route, incoming }: Found, sim: Sim): Promise<unknown> {
  const { raw, ...call } = incoming;
  const uriSchema = Object.fromEntries(
    Object.keys(call.uri).map((name) => [name, name === 'vmid' ? vmId : { type: 'string' as const }]),
  );
  const fields: ParameterSchema['fields'] = { ...route.schema.fields, ...uriSchema };
  const params = checkParameters({ ...route.schema, fields }, { ...raw, ...call.uri });
  if (params['skiplock'] === 1 && (call.caller.user !== ROOT || call.caller.tokenId !== undefined)) {
    throw badParameters({ skiplock: 'Only root may use this option.' });
  }
  return await route.handler({ ...call, params }, sim);
}

/** Fails as a call that only root with a password may make. */
export function onlyRoot(caller: Caller, what: string): void {
  if (caller.user !== ROOT || caller.tokenId !== undefined) throw died(`only root can set '${what}' config`);
}
