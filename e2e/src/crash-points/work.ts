import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { waitUntil } from '@orion/testing';
import type { Installation } from '../guarantees/installation';
import {
  aBlueprint,
  deployRange,
  jobEnds,
  jobSucceeds,
  storeBlueprint,
  type Accepted,
  type RangeReading,
} from '../range-builder';
import type { Change, Work } from './points';

/** How a job ends that does each work, and what its range is then. */
export const ENDINGS: Readonly<Record<Work, { readonly job: string; readonly range: string }>> = {
  deploy: { job: 'succeeded', range: 'ready' },
  cancel: { job: 'cancelled', range: 'destroyed' },
  stop: { job: 'succeeded', range: 'stopped' },
  destroy: { job: 'succeeded', range: 'destroyed' },
  baseline: { job: 'succeeded', range: 'ready' },
  reset: { job: 'succeeded', range: 'ready' },
  apply: { job: 'succeeded', range: 'ready' },
  return: { job: 'succeeded', range: 'ready' },
  blank: { job: 'succeeded', range: 'ready' },
  wait: { job: 'succeeded', range: 'ready' },
  restart: { job: 'succeeded', range: 'ready' },
};

/** Does work that is struck as soon as the file exists, which is made just before the request. */
export async function begin(installation: Installation, work: Work, armed: string): Promise<Accepted> {
  switch (work) {
    case 'cancel':
      return deployAndCancel(installation, armed);
    case 'stop':
    case 'destroy':
    case 'baseline':
    case 'reset':
    case 'apply':
      return change(installation, work, armed);
    case 'deploy':
    case 'return':
    case 'blank':
    case 'wait':
    case 'restart':
      return deploy(installation, armed);
  }
}

/** Asks for a range, with the mishap armed just before. */
export async function deploy(installation: Installation, armed?: string): Promise<Accepted> {
  const blueprintId = await storeBlueprint(installation.client, aBlueprint(1));
  if (armed !== undefined) writeFileSync(armed, '');
  const body = { name: `crash-${randomUUID().slice(0, 8)}`, blueprintId, siteId: installation.siteId };
  return untilAnswered(installation, '/ranges', body);
}

/** Asks for a range whose clone stops in its midst until holds are released. */
export async function deployHeld(installation: Installation): Promise<Accepted> {
  const { simulator } = installation;
  const { id } = await simulator.post<{ id: string }>('/holds', { operation: 'vm.clone', phase: 'task' });
  const accepted = await deploy(installation);
  await simulator.get(`/holds/${id}?waitMs=10000`);
  return accepted;
}

/** Cancels a deploy whose clone stops in its midst until it is aborted. */
async function deployAndCancel(installation: Installation, armed: string): Promise<Accepted> {
  const accepted = await deployHeld(installation);
  writeFileSync(armed, '');
  await untilAnswered(installation, `/jobs/${accepted.job.id}/cancel`);
  return accepted;
}

/** The job that makes each change. */
const JOBS: Readonly<Record<Change, Readonly<Record<string, unknown>>>> = {
  stop: { kind: 'range.stop' },
  destroy: { kind: 'range.destroy' },
  baseline: { kind: 'baseline.create', name: 'clean' },
  reset: { kind: 'range.reset' },
  apply: { kind: 'range.apply', revision: 2 },
};

/** Changes a range that is ready. */
async function change(installation: Installation, work: Change, armed: string): Promise<Accepted> {
  const { client, siteId } = installation;
  const range = work === 'apply' ? await rangeOfTwoRevisions(installation) : await deployRange(client, siteId, 1);
  if (work === 'reset') await jobSucceeds(client, `/ranges/${range.id}/baselines`, { name: 'clean' });
  writeFileSync(armed, '');
  const { job } = await untilAnswered(installation, '/jobs', { ...JOBS[work], rangeId: range.id });
  return { job, range };
}

/** A range whose node has more memory in the next revision of its blueprint. */
async function rangeOfTwoRevisions({ client, siteId }: Installation): Promise<RangeReading> {
  const text = aBlueprint(1);
  const blueprintId = await storeBlueprint(client, text);
  await client.request('PUT', `/blueprints/${blueprintId}`, {
    text: text.replace('memoryMiB: 512', 'memoryMiB: 768'),
    mediaType: 'application/yaml',
    headers: { 'if-match': '"1"' },
  });
  const body = { name: `crash-${randomUUID().slice(0, 8)}`, blueprintId, revision: 1, siteId };
  const { job, range } = await client.post<Accepted>('/ranges', body);
  expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
  return client.get<RangeReading>(`/ranges/${range.id}`);
}

/** Asks again under the same key while the answer is lost, which does nothing a second time. */
export function untilAnswered(installation: Installation, path: string, body?: object): Promise<Accepted> {
  const headers = { 'idempotency-key': randomUUID() };
  return waitUntil(
    () => installation.client.request<Accepted>('POST', path, { ...(body && { body }), headers }),
    (answer) => answer !== undefined,
    { describe: 'the job to be accepted', timeoutMs: 30_000 },
  );
}
