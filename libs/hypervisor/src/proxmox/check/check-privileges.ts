import type { SiteFinding } from '@orion/contracts';
import { asAnswer } from '../transport/answer';
import type { ProxmoxClient } from '../transport/proxmox-client';
import { failed, orPassed, warning } from './finding';
import type { RequiredPrivilege } from './required-privileges';

/** Names each privilege that the token lacks, and what fails without it. */
export async function checkPrivileges(
  client: ProxmoxClient,
  required: readonly RequiredPrivilege[],
  bridges: readonly string[],
): Promise<readonly SiteFinding[]> {
  const held = new Map<string, ReadonlySet<string>>();
  for (const path of new Set(required.map((privilege) => privilege.path)))
    held.set(path, await privilegesOn(client, path));
  const complaints = required
    .filter(({ path, privilege }) => held.get(path)?.has(privilege) !== true)
    .map(({ path, privilege, neededFor, optional }) =>
      (optional === true ? warning : failed)(
        'privileges',
        `${privilege} on ${path} is missing: needed for ${neededFor}`,
        {
          path,
          privilege,
        },
      ),
    );
  for (const bridge of bridges) complaints.push(...(await checkBridgeUse(client, bridge)));
  return orPassed('privileges', complaints, 'The token has the privileges that deploys need');
}

/** With inheritance applied. The value of a privilege tells only whether it is passed on. */
async function privilegesOn(client: ProxmoxClient, path: string): Promise<ReadonlySet<string>> {
  const answer = asAnswer(await client.get('/access/permissions', {}, { path }));
  return new Set(Object.keys(asAnswer(answer[path])));
}

/** A right on one tag of a bridge is enough for that tag; a virtual network lies in a zone of its own. */
async function checkBridgeUse(client: ProxmoxClient, bridge: string): Promise<readonly SiteFinding[]> {
  const path = `/sdn/zones/localnetwork/${bridge}`;
  if ((await privilegesOn(client, path)).has('SDN.Use')) return [];
  const everywhere = Object.entries(asAnswer(await client.get('/access/permissions')));
  const usable = everywhere
    .filter(([, privileges]) => Object.hasOwn(asAnswer(privileges), 'SDN.Use'))
    .map(([where]) => where);
  if (usable.some((where) => where.startsWith('/sdn/zones/') && where.endsWith(`/${bridge}`))) return [];
  const tags = usable.filter((where) => where.startsWith(`${path}/`)).map((where) => where.slice(path.length + 1));
  const facts = { path, privilege: 'SDN.Use' };
  return tags.length > 0
    ? [warning('privileges', `SDN.Use on ${path} is held for some VLAN tags only (${tags.length} of them)`, facts)]
    : [failed('privileges', `SDN.Use on ${path} is missing: needed for NICs`, facts)];
}
