import { setTimeout as delay } from 'node:timers/promises';
import type { RestClient } from './rest-client';

/** One thing that a check of a site looked at. */
export interface SiteFinding {
  readonly check: string;
  readonly status: 'passed' | 'warning' | 'failed';
  readonly detail: string;
}

interface CheckReading {
  readonly id: string;
  readonly state: string;
  readonly error: { readonly detail: string } | null;
  readonly result: { readonly findings?: readonly SiteFinding[] } | null;
}

const DEADLINE_SECONDS = 60;
const LOOK_EVERY_MS = 100;

/**
 * Lets the agent of a site look for what a deploy would trip over, and waits for what it found. Nothing is changed.
 * Throws when the check itself does not come to an end within a minute.
 */
export async function checkSite(client: RestClient, siteId: string): Promise<readonly SiteFinding[]> {
  const { job } = await client.post<{ job: CheckReading }>(`/sites/${siteId}/checks`, {
    deadlineSeconds: DEADLINE_SECONDS,
  });
  for (let check = job; ; check = await client.get<CheckReading>(`/jobs/${job.id}`)) {
    if (check.state === 'succeeded') return check.result?.findings ?? [];
    if (check.state === 'failed' || check.state === 'cancelled') {
      throw new Error(`The site could not be checked: ${check.error?.detail ?? `the check was ${check.state}`}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}
