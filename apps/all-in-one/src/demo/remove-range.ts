import type { RestClient } from '@orion/rest-client';
import { followJob, JobFailedError, type JobReading } from './follow-job';

/** Names of the demo's ranges begin so. */
export const DEMO_RANGE = 'demo-';

/** Destroys a range in whatever state it is, after cancelling what is being done to it: a cancelled deploy may do it all. */
export async function removeRange(client: RestClient, rangeId: string, out: NodeJS.WriteStream): Promise<void> {
  const { items } = await client.get<{ items: readonly JobReading[] }>(`/jobs?rangeId=${rangeId}`);
  for (const { id } of items.filter(({ state }) => state === 'pending' || state === 'running')) {
    await client.post(`/jobs/${id}/cancel`);
    await followJob(client, id, { out }).catch((error: unknown) => {
      if (!(error instanceof JobFailedError)) throw error;
    });
  }
  const { state } = await client.get<{ state: string }>(`/ranges/${rangeId}`);
  if (state === 'destroyed') return;
  const { job } = await client.request<{ job: { id: string } }>('DELETE', `/ranges/${rangeId}`);
  await followJob(client, job.id, { out });
}

/** Destroys what a demo that was killed has left. */
export async function removeEarlierRanges(client: RestClient, out: NodeJS.WriteStream): Promise<void> {
  const { items } = await client.get<{ items: readonly { id: string; name: string; state: string }[] }>('/ranges');
  for (const { id, name, state } of items) {
    if (!name.startsWith(DEMO_RANGE) || state === 'destroyed') continue;
    out.write(`\n▸ Destroy ${name}, left by an earlier demo\n`);
    await removeRange(client, id, out);
  }
}
