import { DomainError, isReset, type BaselinePower, type JobKind, type PlanBaseline } from '@orion/domain';
import { BaselineStore, type NodeRow, type WorkingBaseline } from '@orion/persistence';

import type { JobWork } from '../jobs/job-work';
import type { BaselineSnapshot } from './command-payloads';
import type { NodeSpec } from './node-spec';

const BASELINE_KINDS: ReadonlySet<string> = new Set<JobKind>([
  'baseline.create',
  'baseline.delete',
  'range.reset',
  'node.reset',
]);

/** The baseline that a job is about, as its planner and its commands read it. */
export interface BaselineOfJob {
  readonly plan: PlanBaseline;
  readonly snapshot: BaselineSnapshot;
}

/**
 * The baseline that a job is about; undefined for jobs about none. What each node does when one is begun is kept with it:
 * later stages find the nodes halted. `baseline.missing` when it is gone. The transaction's tenant is the job's.
 */
export async function baselineOfJob(
  { db, job }: Pick<JobWork, 'db' | 'job'>,
  nodes: readonly NodeRow<NodeSpec>[],
): Promise<BaselineOfJob | undefined> {
  if (!BASELINE_KINDS.has(job.kind)) return undefined;
  const store = new BaselineStore(db);
  const known = await baselineRow(store, job.params);
  const begins = job.kind === 'baseline.create' && Object.keys(known.power).length === 0;
  const power = begins ? powerOf(nodes) : known.power;
  if (begins) await store.setPower(known.id, power);
  const working = new Map(Object.entries(power));
  const withMemory = [...working].filter(([, does]) => known.mode === 'memory' && does === 'running');
  return {
    plan: { mode: known.mode, power: working },
    snapshot: {
      snapshot: known.snapshot,
      // Tells a snapshot of this baseline from one of the same name that somebody else took.
      description: `Baseline ${known.name} (${known.id}) of Orion Range.`,
      withMemory: new Set(withMemory.map(([node]) => node)),
    },
  };
}

/** The row of the baseline that a job names. */
export async function baselineRow(
  store: BaselineStore,
  params: Readonly<Record<string, unknown>>,
): Promise<WorkingBaseline> {
  const row = await store.ofId(String(params['baselineId']));
  if (row === undefined) throw new DomainError('baseline.missing');
  return row;
}

/** The nodes that a job sets back, by name; undefined: all of its range. */
export function nodesToReset({
  kind,
  params,
}: Pick<JobWork['job'], 'kind' | 'params'>): ReadonlySet<string> | undefined {
  return isReset(kind) && typeof params['node'] === 'string' ? new Set([params['node']]) : undefined;
}

function powerOf(nodes: readonly NodeRow<NodeSpec>[]): Readonly<Record<string, BaselinePower>> {
  return Object.fromEntries(nodes.map(({ name, state }) => [name, state === 'running' ? 'running' : 'stopped']));
}
