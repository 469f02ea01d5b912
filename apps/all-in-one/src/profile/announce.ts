import { checkSite, type RestClient } from '@orion/rest-client';
import { siteComplaints } from './site-complaints';

/** What a person needs to begin. The key is shown at the first start only; later it is in its file. */
export function announce(http: string, adminKeyFile: string, adminKey: string | undefined): void {
  process.stdout.write(
    `Orion Range is up at ${http} (API documentation at ${http}/docs)\n` +
      (adminKey === undefined
        ? `The admin key was shown at the first start and is kept in ${adminKeyFile}; POST /api-keys makes others.\n`
        : `Admin key, shown this once: ${adminKey}\n`) +
      'Ctrl-C stops everything.\n',
  );
}

/** Tells what is wrong with a site. One that is not ready, or out of reach for now, keeps nothing from starting. */
export async function announceComplaints(client: RestClient, siteId: string): Promise<void> {
  const findings = await checkSite(client, siteId);
  const complaints = [...siteComplaints(findings, 'failed'), ...siteComplaints(findings, 'warning')];
  if (complaints.length > 0) process.stdout.write(`The site was checked:\n${complaints.join('\n')}\n`);
}
