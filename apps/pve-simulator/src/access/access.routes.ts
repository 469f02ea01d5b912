import { integer, required, text } from '../http/formats';
import { forbidden, PveError } from '../http/pve-error';
import type { Call, IncomingCall, Route } from '../http/router';
import type { Sim } from '../sim';
import { same } from './tickets';

/** Paths that are reported whatever entries there are. */
const ROOTS = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

function permissions(call: Call, sim: Sim): unknown {
  const { caller, params } = call;
  const paths = params['path'] === undefined ? pathsToReport(sim) : [String(params['path'])];
  const report: Record<string, Record<string, number>> = {};
  for (const path of paths) {
    const privileges = sim.access.privileges(caller, path);
    if (privileges.size === 0) continue;
    report[path] = Object.fromEntries([...privileges].map(([name, propagates]) => [name, propagates ? 1 : 0]));
  }
  return report;
}

function pathsToReport(sim: Sim): string[] {
  const paths = new Set([...ROOTS, ...sim.access.acls.map((entry) => entry.path)]);
  for (const pool of sim.pools.list()) {
    paths.add(`/pool/${pool.id}`);
    for (const vm of pool.vms) paths.add(`/vms/${vm}`);
    for (const storage of pool.storages) paths.add(`/storage/${storage}`);
  }
  return [...paths].sort();
}

function noToken(call: IncomingCall): void {
  if (call.caller.tokenId !== undefined) {
    throw forbidden(`URI '/access/ticket' not available with API token, need proper ticket.\n`);
  }
}

/** Logs in with a password, or renews with a valid ticket in its place. */
async function createTicket(call: Call, sim: Sim): Promise<unknown> {
  const user = String(call.params['username']);
  const password = String(call.params['password']);
  const known = sim.access.users.get(user);
  const byPassword = known?.password !== undefined && same(known.password, password);
  const byTicket = sim.tickets.userOf(password, sim.time.epochSeconds()) === user;
  if (known === undefined || !(byPassword || byTicket)) {
    await sim.time.wait(sim.profile.unauthorized);
    throw new PveError(401, 'authentication failure');
  }
  const { ticket, csrf } = sim.tickets.issue(user, sim.time.epochSeconds());
  return { username: user, ticket, CSRFPreventionToken: csrf, cap: capabilities(sim, user) };
}

const SECTIONS: Record<string, { readonly path: string; readonly prefixes: readonly string[] }> = {
  vms: { path: '/vms', prefixes: ['VM.'] },
  storage: { path: '/storage', prefixes: ['Datastore.'] },
  access: { path: '/access', prefixes: ['User.', 'Group.', 'Realm.'] },
  nodes: { path: '/nodes', prefixes: ['Sys.'] },
  sdn: { path: '/sdn', prefixes: ['SDN.'] },
  dc: { path: '/', prefixes: ['Sys.Audit', 'Sys.Modify', 'SDN.'] },
  mapping: { path: '/mapping', prefixes: ['Mapping.'] },
};

function capabilities(sim: Sim, user: string): unknown {
  return Object.fromEntries(
    Object.entries(SECTIONS).map(([section, { path, prefixes }]) => {
      const names = [...sim.access.privileges({ user }, path).keys()];
      const shown = names.filter(
        (name) => name === 'Permissions.Modify' || prefixes.some((prefix) => name.startsWith(prefix)),
      );
      return [section, Object.fromEntries(shown.map((name) => [name, 1]))];
    }),
  );
}

export const ACCESS_ROUTES: Route[] = [
  {
    method: 'GET',
    path: '/access/permissions',
    operation: 'access.permissions',
    check: 'everyone',
    schema: { fields: { path: text(), userid: text() } },
    handler: permissions,
  },
  {
    method: 'GET',
    path: '/access/ticket',
    operation: 'access.ticket',
    check: 'everyone',
    isPublic: true,
    schema: { fields: {} },
    handler: () => null,
  },
  {
    method: 'POST',
    path: '/access/ticket',
    operation: 'access.ticket',
    check: noToken,
    isPublic: true,
    schema: {
      fields: {
        username: required(text({ maxLength: 64 })),
        password: required(text()),
        'new-format': integer(0, 1),
        otp: text(),
        path: text(),
        privs: text(),
        realm: text(),
        'tfa-challenge': text(),
      },
    },
    handler: createTicket,
  },
];
