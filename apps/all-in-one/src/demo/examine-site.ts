import { checkSite, siteReady, type RestClient } from '@orion/rest-client';
import { siteComplaints } from '../profile/site-complaints';

/** Throws, with every reason, when a deploy on the site would trip over something. */
export async function examineSite(client: RestClient, siteId: string, say: (line: string) => void): Promise<void> {
  const findings = await checkSite(client, siteId);
  const failures = siteComplaints(findings, 'failed');
  if (failures.length > 0) {
    const reasons = failures.join('\n');
    throw new Error(
      `The site is not ready for ranges; nothing was changed:\n${reasons}\nSee docs/guides/connecting-proxmox.md.`,
    );
  }
  for (const { check, status, detail } of findings) {
    say(`  ${check.padEnd(10)}  ${status === 'warning' ? 'warning: ' : ''}${detail}`);
  }
  await siteReady(client, siteId);
}

/** Throws when a VM of ours, or a foreign one, is where ranges live. */
export async function expectNothingLeft(client: RestClient, siteId: string): Promise<void> {
  const findings = (await checkSite(client, siteId)).filter(({ check }) => check === 'vm-ids');
  const left = [...siteComplaints(findings, 'failed'), ...siteComplaints(findings, 'warning')];
  if (left.length > 0) throw new Error(`Something is left at the site:\n${left.join('\n')}`);
}
