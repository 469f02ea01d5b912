import { boolean, list, required, text } from '../http/formats';
import { died } from '../http/pve-error';
import type { Call, Route } from '../http/router';
import type { Sim } from '../sim';
import { namesIn } from '../http/values';

function listAcl(call: Call, sim: Sim): unknown {
  if (!sim.access.has(call.caller, '/access', 'Sys.Audit')) return [];
  return sim.access.acls.map(({ path, who, role, propagate }) => ({
    path,
    ugid: who,
    roleid: role,
    type: who.includes('!') ? 'token' : 'user',
    propagate: propagate === false ? 0 : 1,
  }));
}

/** Gives or takes roles on a path, for users and tokens. */
function changeAcl(call: Call, sim: Sim): null {
  const { params } = call;
  const path = String(params['path']);
  const subjects = [...namesIn(params['users']), ...namesIn(params['tokens'])];
  for (const role of namesIn(params['roles'])) {
    if (!sim.access.roles.has(role)) throw died(`role '${role}' does not exist`);
    for (const who of subjects) {
      sim.access.revoke((entry) => entry.path === path && entry.who === who && entry.role === role);
      if (params['delete'] !== 1) sim.access.grant({ path, who, role, propagate: params['propagate'] !== 0 });
    }
  }
  return null;
}

export const ACL_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/access/acl',
    operation: 'access.acl',
    check: 'everyone',
    schema: { fields: {} },
    handler: listAcl,
  },
  {
    method: 'PUT',
    path: '/access/acl',
    operation: 'access.change-acl',
    check: { path: '{path}', anyOf: ['Permissions.Modify'] },
    schema: {
      fields: {
        path: required(text()),
        roles: required(list()),
        delete: boolean,
        groups: list(),
        propagate: boolean,
        tokens: list(),
        users: list(),
      },
    },
    handler: changeAcl,
  },
];
