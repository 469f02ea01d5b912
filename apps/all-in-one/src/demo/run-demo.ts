import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RestClient } from '@orion/rest-client';
import { examineSite, expectNothingLeft } from './examine-site';
import { followJob, type JobReading } from './follow-job';
import { DEMO_RANGE, removeEarlierRanges, removeRange } from './remove-range';
import { returnToBaseline } from './return-to-baseline';
import { seconds } from './timing';

export interface DemoOptions {
  readonly client: RestClient;
  readonly siteId: string;
  /** Folder of the blueprints. */
  readonly blueprints: string;
  /** File of the blueprint to deploy. */
  readonly blueprint: string;
  readonly out: NodeJS.WriteStream;
  /** Ends the demo early; a range that is there by then is destroyed first. */
  readonly signal: AbortSignal;
  /** Counts the VMs of a range at the simulated cluster; absent: the cluster is a real one, and checked before and after. */
  readonly vmsOf?: (rangeId: string) => Promise<number>;
  /** Spoils a VM of the simulated cluster, and tells how; absent with a real one. */
  readonly byHand?: (vmId: number) => Promise<string>;
}

interface ValidationReading {
  readonly valid: boolean;
  readonly problems: readonly { code: string; message: string; line?: number; column?: number; severity: string }[];
}
interface RangeReading {
  readonly id: string;
  readonly state: string;
  readonly nodes: readonly {
    name: string;
    host: string;
    vmId: number;
    state: string;
    interfaces: readonly { network: string; address: string }[];
    observedAddresses: readonly string[];
  }[];
  readonly networks: readonly { name: string; cidr: string; vlanTag: number; vnet: string | null }[];
}
interface Accepted {
  readonly job: { readonly id: string };
  readonly range: { readonly id: string };
}

const SHOWN_PROBLEMS = 20;

/**
 * Walks through the life of a range, over REST alone. Throws when anything is not as it should be; the range is destroyed
 * in any case.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { client, out, signal, siteId, vmsOf } = options;
  const say = (line = ''): void => void out.write(`${line}\n`);
  const times: [string, number][] = [];
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    say(`\n▸ ${what}`);
    const began = performance.now();
    const result = await work();
    times.push([what, performance.now() - began]);
    return result;
  };
  const follow = (jobId: string): Promise<JobReading> => followJob(client, jobId, { out, signal });

  if (vmsOf === undefined) await timed('Check the site', () => examineSite(client, siteId, say));
  await removeEarlierRanges(client, out);
  await timed('Validate a broken blueprint', async () => {
    const { valid, problems } = await validate(options, 'broken-office.yaml');
    if (valid) throw new Error('The broken blueprint was found valid.');
    for (const problem of problems.slice(0, SHOWN_PROBLEMS)) {
      const place = problem.line === undefined ? '' : `${problem.line}:${problem.column ?? 1}`;
      say(`  ${place.padStart(7)}  ${problem.code.padEnd(30)}  ${problem.message}`);
    }
    say(`  ${problems.length} problems, found before anything was touched`);
  });

  const blueprintId = await timed(`Validate and store ${basename(options.blueprint)}`, async () => {
    const { valid, problems } = await validate(options, options.blueprint);
    if (!valid) throw new Error(`The blueprint has problems: ${problems.map(({ message }) => message).join('; ')}`);
    const text = await readFile(join(options.blueprints, options.blueprint), 'utf8');
    const stored = await storeBlueprint(client, text);
    say(`  ${stored.name}, revision ${stored.latestRevision}`);
    return stored.id;
  });

  let rangeId: string | undefined;
  try {
    const range = await timed('Deploy the range', async () => {
      const body = { name: `${DEMO_RANGE}${Date.now().toString(36)}`, blueprintId, siteId };
      const accepted = await client.post<Accepted>('/ranges', body);
      rangeId = accepted.range.id;
      await follow(accepted.job.id);
      return showRange(client, rangeId, say);
    });
    expectState(range, 'ready');
    await useRange(options, range, timed, follow);
    const { nodes } = range;
    const walk = { client, siteId, rangeId: range.id, nodes, say, timed, follow };
    await returnToBaseline({ ...walk, ...(options.byHand && { byHand: options.byHand }) });
    expectState(await client.get<RangeReading>(`/ranges/${range.id}`), 'ready');
    await timed('Destroy the range', async () => {
      const { job } = await client.request<Accepted>('DELETE', `/ranges/${range.id}`);
      await follow(job.id);
      await expectGone(options, range.id);
      rangeId = undefined;
    });
    say('  the hypervisor is empty again');
  } catch (error) {
    if (rangeId === undefined) throw error;
    say(signal.aborted ? '\n▸ Destroy the range (Ctrl-C again leaves it as it is)' : '\n▸ Destroy what was made');
    await removeRange(client, rangeId, out);
    throw error;
  }

  say();
  for (const [what, took] of times) say(`  ${what.padEnd(42)} ${seconds(took).padStart(8)}`);
  say(`  ${'Together'.padEnd(42)} ${seconds(times.reduce((sum, [, took]) => sum + took, 0)).padStart(8)}`);
}

/** Snapshot, stop, start. */
async function useRange(
  { client }: DemoOptions,
  range: RangeReading,
  timed: (what: string, work: () => Promise<unknown>) => Promise<unknown>,
  follow: (jobId: string) => Promise<JobReading>,
): Promise<void> {
  const node = range.nodes[0]?.name ?? '';
  for (const [what, path, body, state] of [
    [`Snapshot ${node}`, `nodes/${node}/snapshots`, { name: 'first-look' }, 'ready'],
    ['Stop the range', 'stop', undefined, 'stopped'],
    ['Start the range', 'start', undefined, 'ready'],
  ] as const) {
    await timed(what, async () => follow((await client.post<Accepted>(`/ranges/${range.id}/${path}`, body)).job.id));
    expectState(await client.get<RangeReading>(`/ranges/${range.id}`), state);
  }
}

async function expectGone({ client, siteId, vmsOf }: DemoOptions, rangeId: string): Promise<void> {
  expectState(await client.get<RangeReading>(`/ranges/${rangeId}`), 'destroyed');
  if (vmsOf === undefined) return expectNothingLeft(client, siteId);
  const left = await vmsOf(rangeId);
  if (left > 0) throw new Error(`${left} VMs are left at the hypervisor.`);
}

interface BlueprintReading {
  readonly id: string;
  readonly name: string;
  readonly latestRevision: number;
}

/** Stores a blueprint; one of that name, from an earlier demo, gets the text as its newest revision. */
async function storeBlueprint(client: RestClient, text: string): Promise<BlueprintReading> {
  const document = { text, mediaType: 'application/yaml' };
  const name = /^name: *(\S+)/m.exec(text)?.[1] ?? '';
  const { items } = await client.get<{ items: readonly BlueprintReading[] }>(`/blueprints?name=${name}`);
  const earlier = items.find((item) => item.name === name);
  if (earlier === undefined) return client.request('POST', '/blueprints', document);
  return client.request('PUT', `/blueprints/${earlier.id}`, { ...document, headers: { 'if-match': '*' } });
}

async function validate({ client, blueprints, siteId }: DemoOptions, file: string): Promise<ValidationReading> {
  return client.request('POST', `/blueprints/validate?site=${siteId}`, {
    text: await readFile(join(blueprints, file), 'utf8'),
    mediaType: 'application/yaml',
  });
}

async function showRange(client: RestClient, rangeId: string, say: (line: string) => void): Promise<RangeReading> {
  const range = await client.get<RangeReading>(`/ranges/${rangeId}`);
  const rows = range.nodes.map((node) => [
    node.name,
    node.host,
    String(node.vmId),
    node.state,
    node.interfaces.map(({ network, address }) => `${address} (${network})`).join(', '),
    node.observedAddresses.length > 0 ? 'seen' : '',
  ]);
  const header = ['node', 'host', 'vm', 'state', 'addresses', 'guest'];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [header, ...rows]) {
    say(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  }
  for (const { name, cidr, vlanTag, vnet } of range.networks) {
    say(`  network ${name}: ${cidr}, ${vnet === null ? 'VLAN' : `VNet ${vnet} with tag`} ${vlanTag}`);
  }
  return range;
}

function expectState({ state }: { readonly state: string }, expected: string): void {
  if (state !== expected) throw new Error(`The range is ${state}; it should be ${expected}.`);
}
