import { setTimeout as delay } from 'node:timers/promises';
import { RestError } from '@orion/rest-client';
import type { Ledger } from './ledger';
import { hasEnded, type JobReading, type RangeReading } from './readings';
import type { Rig, Tenant } from './rig';

const LOOK_EVERY_MS = 300;

/** Destroys every range that is left, over REST; one that fails is asked for again until `withinMs` have passed. */
export async function destroyEverything({ tenants }: Rig, ledger: Ledger, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (const tenant of tenants) {
    const left = [...ledger.ranges].filter(([, owner]) => owner === tenant).map(([rangeId]) => rangeId);
    await Promise.all(left.map((rangeId) => destroy(tenant, rangeId, deadline)));
  }
}

async function destroy({ observer }: Tenant, rangeId: string, deadline: number): Promise<void> {
  while (performance.now() < deadline) {
    const range = await observer.get<RangeReading>(`/ranges/${rangeId}`);
    if (range.state === 'destroyed') return;
    try {
      const { job } = await observer.post<{ job: JobReading }>('/jobs', { kind: 'range.destroy', rangeId });
      let now = job;
      while (!hasEnded(now) && performance.now() < deadline) {
        await delay(LOOK_EVERY_MS);
        now = await observer.get<JobReading>(`/jobs/${job.id}`);
      }
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      // Busy with a job that the verdict has named already.
      await delay(LOOK_EVERY_MS);
    }
  }
}
