import type { SiteFinding } from '@orion/contracts';
import { asAnswer } from '../transport/answer';
import type { ProxmoxClient } from '../transport/proxmox-client';
import { failed, orPassed, warning } from './finding';
import type { RequiredPrivilege } from './required-privileges';

/** Names each privilege that the token lacks, and what fails without it. */
export async function checkPrivileges(
  client: ProxmoxClient,
  required: readonly RequiredPrivilege[],
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
  return orPassed('privileges', complaints, 'The token has the privileges that deploys need');
}

/** With inheritance applied. The value of a privilege tells only whether it is passed on. */
async function privilegesOn(client: ProxmoxClient, path: string): Promise<ReadonlySet<string>> {
  const answer = asAnswer(await client.get('/access/permissions', {}, { path }));
  return new Set(Object.keys(asAnswer(answer[path])));
}
