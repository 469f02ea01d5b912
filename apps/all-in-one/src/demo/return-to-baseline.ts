import type { RestClient } from '@orion/rest-client';
import type { JobReading } from './follow-job';

/** What this part of the demo walks with. */
export interface BaselineWalk {
  readonly client: RestClient;
  readonly siteId: string;
  readonly rangeId: string;
  readonly nodes: readonly { readonly name: string; readonly vmId: number }[];
  readonly say: (line: string) => void;
  readonly timed: (what: string, work: () => Promise<unknown>) => Promise<unknown>;
  readonly follow: (jobId: string) => Promise<JobReading>;
  /** Changes a VM at the hypervisor, past Orion Range, and tells what it did; absent: nobody may touch that cluster. */
  readonly byHand?: (vmId: number) => Promise<string>;
}

interface ResetReport {
  readonly proven: boolean;
  readonly digest: string;
  readonly expectedDigest: string;
  readonly nodes: readonly {
    readonly node: string;
    readonly checks: readonly { readonly check: string; readonly ok: boolean; readonly found: string }[];
  }[];
}
interface DriftReading {
  readonly items: readonly { readonly kind: string; readonly detail: string }[];
}

const SHOWN_DIGITS = 19;

/** Takes a baseline, lets a hand spoil a VM where it may, shows the drift, and returns with proof. */
export async function returnToBaseline(walk: BaselineWalk): Promise<void> {
  const { client, rangeId, say, timed, follow, byHand } = walk;
  const run = async (path: string, body: object): Promise<JobReading> =>
    follow((await client.post<{ job: { id: string } }>(`/ranges/${rangeId}/${path}`, body)).job.id);

  await timed('Take a baseline', async () => {
    const { result } = await run('baselines', { name: 'start', description: 'Before anybody has touched it.' });
    say(`  digest ${(result as { digest: string }).digest.slice(0, SHOWN_DIGITS)}…`);
  });
  if (byHand !== undefined) await timed('Change a VM by hand, and look', () => showDrift(walk, byHand));
  await timed('Reset to the baseline', async () => {
    const report = (await run('resets', {})).result as ResetReport;
    for (const { node, checks } of report.nodes) {
      say(`  ${node.padEnd(10)}  ${checks.map(({ check, ok }) => `${ok ? '✓' : '✗'} ${check}`).join('  ')}`);
    }
    if (!report.proven) throw new Error('The reset is not proven.');
    say(`  proven: digest ${report.digest.slice(0, SHOWN_DIGITS)}… is the baseline's`);
  });
}

async function showDrift(
  { client, siteId, rangeId, nodes, say, follow }: BaselineWalk,
  byHand: (vmId: number) => Promise<string>,
): Promise<void> {
  const [node] = nodes;
  if (node === undefined) throw new Error('The range has no node.');
  say(`  by hand: ${await byHand(node.vmId)}`);
  const { job } = await client.post<{ job: { id: string } }>(`/sites/${siteId}/observations`);
  await follow(job.id);
  const { items } = await client.get<DriftReading>(`/ranges/${rangeId}/drift`);
  for (const { kind, detail } of items) say(`  ${kind}: ${detail}`);
  if (items.length === 0) throw new Error('Nobody noticed what was done by hand.');
}
