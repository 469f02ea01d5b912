import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { waitUntil } from '@orion/testing';
import type { Installation } from '../guarantees/installation';
import { aBlueprint, deployRange, storeBlueprint, type Accepted } from '../range-builder';
import type { Work } from './points';

/** How a job ends that does each work, and what its range is then. */
export const ENDINGS: Readonly<Record<Work, { readonly job: string; readonly range: string }>> = {
  deploy: { job: 'succeeded', range: 'ready' },
  cancel: { job: 'cancelled', range: 'destroyed' },
  stop: { job: 'succeeded', range: 'stopped' },
  destroy: { job: 'succeeded', range: 'destroyed' },
  return: { job: 'succeeded', range: 'ready' },
  blank: { job: 'succeeded', range: 'ready' },
};

/** Does work that is struck as soon as the file exists, which is made just before the request. */
export async function begin(installation: Installation, work: Work, armed: string): Promise<Accepted> {
  switch (work) {
    case 'cancel':
      return deployAndCancel(installation, armed);
    case 'stop':
    case 'destroy':
      return change(installation, `range.${work}`, armed);
    case 'deploy':
    case 'return':
    case 'blank':
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

/** Changes a range that is ready. */
async function change(installation: Installation, kind: string, armed: string): Promise<Accepted> {
  const range = await deployRange(installation.client, installation.siteId, 1);
  writeFileSync(armed, '');
  const { job } = await untilAnswered(installation, '/jobs', { kind, rangeId: range.id });
  return { job, range };
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
