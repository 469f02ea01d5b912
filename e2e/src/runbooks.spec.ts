import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnService, startPlatform, waitFor, type Platform } from '@orion/testing';
import { ClusterByHand } from './cluster-by-hand';
import {
  aBlueprint,
  deployRange,
  destroyRange,
  jobEnds,
  jobSucceeds,
  submitRange,
  type Accepted,
  type RangeReading,
} from './range-builder';

const ROOT = join(__dirname, '../..');

interface SiteReading {
  readonly agent: { readonly state: string; readonly generation: number };
}
interface StepReading {
  readonly subject: string;
  readonly attempt: number;
  readonly error: { readonly code: string } | null;
}
interface Orphans {
  readonly items: readonly { readonly vmId: number; readonly kind: string; readonly detail: string }[];
}

let platform: Platform;
let cluster: ClusterByHand;
beforeAll(async () => {
  platform = await startPlatform('distributed');
  cluster = new ClusterByHand(platform.simulator);
});

/** The page, which must name every symptom that a test looks for and every call that it makes. */
class Page {
  private readonly text: string;
  constructor(name: string) {
    this.text = readFileSync(join(ROOT, 'docs/runbooks', `${name}.md`), 'utf8');
  }
  names(what: string): string {
    expect(this.text).toContain(what);
    return what;
  }
}

const rangeOf = (id: string) => platform.client.get<RangeReading>(`/ranges/${id}`);
const look = () => jobSucceeds(platform.client, `/sites/${platform.siteId}/observations`);
const site = () => platform.client.get<SiteReading>(`/sites/${platform.siteId}`);
/** Whether some service has written such a line. */
const logged = (message: string, also = '') =>
  waitFor(() =>
    platform.process.log.some(({ msg, ...rest }) => msg === message && JSON.stringify(rest).includes(also)),
  );
/** The sum of a metric of the orchestrator over the series that carry these labels. */
async function metric(name: string, labels: string): Promise<number> {
  const response = await fetch(new URL('/metrics', platform.process.urls['orchestratorHealth']));
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith(name) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('stale lock: a job does not go on until an administrator unlocks the VM', async () => {
  const page = new Page('stale-lock');
  const { client, siteId, simulator } = platform;
  const range = await deployRange(client, siteId, 1);
  const [{ name, vmId } = { name: '', vmId: 0 }] = range.nodes;
  await cluster.change(vmId, { config: { lock: 'snapshot' } });
  const { job } = await client.post<Accepted>(`/ranges/${range.id}/nodes/${name}/stop`);

  const code = page.names('hypervisor.locked');
  const steps = () => client.get<{ items: readonly StepReading[] }>(`/jobs/${job.id}/steps`);
  const stuck = await waitFor(async () =>
    (await steps()).items.find(({ attempt, error }) => attempt > 1 && error?.code === code),
  );
  expect(stuck.subject).toBe(name);
  expect(await client.get(`/jobs/${job.id}`)).toMatchObject({ state: 'running' });
  await logged(page.names('Command failed'), 'VM is locked (snapshot)');
  expect(
    await metric(page.names('orion_step_failures_total'), page.names('code="hypervisor.locked",then="retrying"')),
  ).toBeGreaterThan(0);
  // No task holds it.
  const tasks = await simulator.get<readonly { id: string; exitstatus?: string }[]>('/tasks');
  expect(tasks.filter(({ id, exitstatus }) => id === String(vmId) && exitstatus === undefined)).toEqual([]);

  page.names('qm unlock $VMID');
  await cluster.change(vmId, { config: { lock: null } });

  expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
  expect(await cluster.vm(vmId)).toMatchObject({ lock: null, status: 'stopped' });
  await destroyRange(client, range.id);
});

test('unknown outcome: a repair looks at the VM and decides', async () => {
  const page = new Page('unknown-outcome');
  const { client, siteId, simulator } = platform;
  await simulator.post('/faults', {
    operation: 'agent.interfaces',
    kind: 'respond500',
    text: 'no such task',
    times: 1_000,
  });
  const { job, range } = await submitRange(client, siteId, aBlueprint(1));

  const failed = await jobEnds(client, job.id);
  expect(failed).toMatchObject({ state: 'failed', error: { code: page.names('step.outcome_unknown') } });
  expect(failed.error?.hint).toContain('docs/runbooks/unknown-outcome.md');
  const unknown = await client.get<{ items: object[] }>(`/jobs/${job.id}/steps?state=unknown`);
  expect(unknown.items).toHaveLength(1);
  expect(await rangeOf(range.id)).toMatchObject({ state: 'degraded', nodes: [{ state: 'unknown' }] });
  await expect(client.post(`/ranges/${range.id}/stop`)).rejects.toMatchObject({
    problem: { code: page.names('range.illegal_state') },
  });
  await logged(page.names('Command failed'), 'no such task');
  expect(await metric('orion_step_failures_total', page.names('then="unknown"'))).toBeGreaterThan(0);

  await simulator.request('DELETE', '/faults');
  expect((await site()).agent.state).toBe(page.names('online'));
  page.names('api POST /sites/$SITE/observations');
  await look();
  expect((await client.get<Orphans>(`/ranges/${range.id}/drift`)).items).toEqual([
    expect.objectContaining({ kind: 'changed', detail: expect.stringContaining('could not be observed') }),
  ]);
  page.names('api POST /ranges/$RANGE/repairs');
  await jobSucceeds(client, `/ranges/${range.id}/repairs`);

  expect(await rangeOf(range.id)).toMatchObject({ state: 'ready', nodes: [{ state: 'running' }] });
  await look();
  expect((await client.get<Orphans>(`/ranges/${range.id}/drift`)).items).toEqual([]);
  await destroyRange(client, range.id);
});

test('orphan: nothing touches it, and its id is free once an administrator has removed it', async () => {
  const page = new Page('orphan');
  const { client, siteId } = platform;
  const orphans = async () => (await client.get<Orphans>(`/sites/${siteId}/drift?kind=orphan`)).items;
  page.names('/sites/$SITE/drift?kind=orphan');
  const range = await deployRange(client, siteId, 1);
  const vmId = range.nodes[0]?.vmId ?? 0;
  const { tags } = await cluster.vm(vmId);
  await destroyRange(client, range.id);
  await look();
  expect(await orphans()).toEqual([]);

  // As the backup of the VM would be restored.
  await cluster.plant(vmId, { pool: 'orion-ranges', config: { name: 'restored', tags: tags.join(';') } });
  await look();

  expect(await orphans()).toEqual([
    expect.objectContaining({ vmId, kind: 'orphan', detail: expect.stringContaining(range.id) }),
  ]);
  await logged(page.names('Reporting drift'), 'orphan');
  expect(await metric(page.names('orion_drift'), page.names('kind="orphan"'))).toBe(1);
  const before = await cluster.vm(vmId);
  const other = await deployRange(client, siteId, 2);
  expect(other.nodes.map((node) => node.vmId)).not.toContain(vmId);
  await destroyRange(client, other.id);
  expect(await cluster.vm(vmId)).toEqual(before);

  page.names('qm destroy $VMID --purge');
  await cluster.remove(vmId);
  await look();

  expect(await orphans()).toEqual([]);
  expect(await metric('orion_drift', 'kind="orphan"')).toBe(0);
  const again = await deployRange(client, siteId, 1);
  expect(again.nodes[0]?.vmId).toBe(vmId);
  await destroyRange(client, again.id);
});

test('site suspect: its work waits, nothing is failed, and a restarted agent takes it up', async () => {
  const page = new Page('site-suspect');
  const { client, siteId } = platform;
  const { pid, env } = agentOf(platform);
  const { generation } = (await site()).agent;
  process.kill(pid, 'SIGSTOP');
  const { job, range } = await submitRange(client, siteId, aBlueprint(1));

  await waitFor(async () => (await site()).agent.state === page.names('suspect'), { timeoutMs: 15_000 });
  expect(await client.get('/health')).toMatchObject({ state: page.names('degraded') });
  await logged(page.names('Sending nothing new to a suspect site: its agent is silent'));
  expect(await metric(page.names('orion_site_silent_seconds'), siteId)).toBeGreaterThan(6);
  expect(await client.get(`/jobs/${job.id}`)).toMatchObject({ state: 'running', error: null });

  page.names('kill -9 $PID');
  process.kill(pid, 'SIGKILL');
  await spawnService(join(ROOT, 'apps/hypervisor-agent/dist/main.js'), { env });

  expect(await jobEnds(client, job.id)).toMatchObject({ state: 'succeeded' });
  expect((await site()).agent).toMatchObject({ state: page.names('online'), generation: generation + 1 });
  await logged('Sending to the site again: its agent is heard of');
  page.names('Sending to the site again');
  await destroyRange(client, range.id);
});

/** The agent's process below the platform's, and what it was started with. */
function agentOf({ process: { pid: parent } }: Platform): { pid: number; env: Record<string, string> } {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const read = (file: string): string => readFileSync(`/proc/${entry}/${file}`, 'utf8');
    try {
      if (!read('cmdline').includes('hypervisor-agent/dist/main.js')) continue;
      if (!new RegExp(`^PPid:\\s+${parent}$`, 'm').test(read('status'))) continue;
      const variables = read('environ')
        .split('\0')
        .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]);
      return { pid: Number(entry), env: Object.fromEntries(variables.filter(([name]) => name.startsWith('ORION_'))) };
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error('The platform has no agent.');
}
