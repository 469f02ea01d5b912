import type { SiteFinding } from '@orion/rest-client';

/** The variables that decide what each check finds. */
const VARIABLES: Readonly<Record<string, string>> = {
  reachable: 'SITE_URL',
  tls: 'SITE_CA or SITE_FINGERPRINT',
  privileges: 'SITE_TOKEN, SITE_POOL',
  templates: 'SITE_TEMPLATE, SITE_TEMPLATE_HOST',
  storages: 'SITE_STORAGE',
  bridge: 'SITE_BRIDGE',
  networks: 'SITE_SDN_ZONE, SITE_VLAN_FIRST, SITE_VLAN_LAST',
  'vm-ids': 'SITE_VM_ID_FIRST, SITE_VM_ID_LAST',
};

/** One line for each finding of that grade, ending with the variable to look at. */
export function siteComplaints(
  findings: readonly SiteFinding[],
  grade: Exclude<SiteFinding['status'], 'passed'>,
): readonly string[] {
  return findings
    .filter(({ status }) => status === grade)
    .map(({ check, detail }) => {
      const variables = VARIABLES[check];
      return `  ${check.padEnd(10)}  ${detail}${variables === undefined ? '' : ` (${variables})`}`;
    });
}
