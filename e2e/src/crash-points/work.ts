import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { waitUntil } from '@orion/testing';
import type { Installation } from '../guarantees/installation';
import { aBlueprint, storeBlueprint, type Accepted } from '../range-builder';

/** Asks for a range, with the kill armed just before. */
export async function deploy(installation: Installation, armed?: string): Promise<Accepted> {
  const blueprintId = await storeBlueprint(installation.client, aBlueprint(1));
  if (armed !== undefined) writeFileSync(armed, '');
  const body = { name: `crash-${randomUUID().slice(0, 8)}`, blueprintId, siteId: installation.siteId };
  return untilAnswered(installation, '/ranges', { body });
}

/** Asks for a range whose clone stops in its midst until holds are released. */
export async function deployHeld(installation: Installation): Promise<Accepted> {
  const { simulator } = installation;
  const { id } = await simulator.post<{ id: string }>('/holds', { operation: 'vm.clone', phase: 'task' });
  const accepted = await deploy(installation);
  await simulator.get(`/holds/${id}?waitMs=10000`);
  return accepted;
}

/** Cancels a deploy while its clone is at work. */
export async function deployAndCancel(installation: Installation, armed: string): Promise<Accepted> {
  const accepted = await deployHeld(installation);
  writeFileSync(armed, '');
  await untilAnswered(installation, `/jobs/${accepted.job.id}/cancel`);
  await installation.simulator.request('DELETE', '/holds');
  return accepted;
}

/** Asks again under the same key while the answer is lost, which does nothing a second time. */
function untilAnswered(installation: Installation, path: string, what: { body?: object } = {}): Promise<Accepted> {
  const headers = { 'idempotency-key': randomUUID() };
  return waitUntil(
    () => installation.client.request<Accepted>('POST', path, { ...what, headers }),
    (answer) => answer !== undefined,
    { describe: 'the job to be accepted', timeoutMs: 30_000 },
  );
}
