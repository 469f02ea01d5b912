import { Injectable } from '@nestjs/common';
import { canonicalDigest, type ProbeResult, type VmRecord } from '@orion/contracts';
import {
  digestedManifest,
  failedStep,
  isSettled,
  verifyNode,
  type Check,
  type JobError,
  type ManifestNode,
  type NodeReport,
} from '@orion/domain';
import { BaselineStore, type StepEnd } from '@orion/persistence';

import { baselineRow, nodesToReset } from '../planning/baseline-of-job';
import { manifestNode } from './manifest-node';
import type { JobWork } from './job-work';

/** What a reset came to. `digest` is over what was found, in the form of the baseline's own. */
export interface ResetReport {
  readonly baseline: string;
  readonly proven: boolean;
  readonly expectedDigest: string;
  readonly digest: string;
  readonly nodes: readonly NodeReport[];
}

/** Compares what a reset has left behind with the baseline's manifest. Nodes that differ are set back once more. */
@Injectable()
export class ProveReset {
  /** Nothing of the present stage runs any more. */
  async execute(work: JobWork): Promise<void> {
    const { job } = work;
    const report = await this.report(work);
    if (report.proven) return work.end({ state: 'succeeded', result: report });
    const failing = report.nodes.filter(({ ok }) => !ok);
    if (failing.every(({ rounds }) => rounds < ROUNDS)) {
      await work.steps.skipUnsent(job.id);
      work.tell('reset.repeating', { nodes: failing.map(({ node }) => node) });
      return work.planNextStage();
    }
    await work.end({ state: 'failed', error: notProven(failing), result: report });
  }

  /** The nodes that the stage which is planned now is about; undefined: all of the range. */
  async toSetBack(work: JobWork): Promise<ReadonlySet<string> | undefined> {
    if (work.job.stage === 1) return nodesToReset(work.job);
    const { nodes } = await this.report(work);
    return new Set(nodes.filter(({ ok }) => !ok).map(({ node }) => node));
  }

  private async report({ db, job, steps, plan }: JobWork): Promise<ResetReport> {
    const store = new BaselineStore(db);
    const baseline = await baselineRow(store, job.params);
    const only = nodesToReset(job);
    const manifest = ((await store.manifest(baseline.id)) ?? []).filter(({ node }) => only?.has(node) ?? true);
    const rows = new Map((await plan.nodes(job.rangeId ?? '')).map((row) => [row.name, row]));
    const ends = bySubject(await steps.results(job.id));
    const found: ManifestNode[] = [];
    const nodes = manifest.map((expected): NodeReport => {
      const ofNode = ends.get(expected.node) ?? [];
      const row = rows.get(expected.node);
      const record = last(ofNode, 'vm.inspect')?.result as VmRecord | null | undefined;
      const seen = row && record ? manifestNode(row, record) : undefined;
      if (seen) found.push(seen);
      const checks = [...failures(ofNode), ...(seen ? verifyNode(expected, seen) : []), ...probes(ofNode)];
      const rounds = Math.max(1, ofNode.filter(({ kind }) => kind === 'vm.rollback').length);
      return { node: expected.node, ok: seen !== undefined && checks.every(({ ok }) => ok), rounds, checks };
    });
    const expectedDigest = canonicalDigest(digestedManifest(manifest));
    const digest = canonicalDigest(digestedManifest(found));
    return {
      baseline: baseline.name,
      proven: nodes.every(({ ok }) => ok) && digest === expectedDigest,
      expectedDigest,
      digest,
      nodes,
    };
  }
}

/** How often a node is set back before its range is quarantined. */
const ROUNDS = 2;

function bySubject(ends: readonly StepEnd[]): ReadonlyMap<string, readonly StepEnd[]> {
  const found = new Map<string, StepEnd[]>();
  for (const end of ends) {
    const ofSubject = found.get(end.subject);
    if (ofSubject === undefined) found.set(end.subject, [end]);
    else ofSubject.push(end);
  }
  return found;
}

/** Of each kind only the last step of a node counts: an earlier one was repeated. */
function last(ends: readonly StepEnd[], kind: StepEnd['kind']): StepEnd | undefined {
  return ends.findLast((end) => end.kind === kind);
}

function failures(ends: readonly StepEnd[]): readonly Check[] {
  const kinds = [...new Set(ends.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const end = last(ends, kind);
    if (end === undefined || !isSettled(end.state) || end.state === 'succeeded') return [];
    if (end.error === null && end.state === 'skipped') return [];
    return [failedStep(kind, end.error === null ? end.state : `${end.error.code}: ${end.error.detail}`)];
  });
}

function probes(ends: readonly StepEnd[]): readonly Check[] {
  const result = last(ends, 'vm.probe')?.result as { readonly probes?: readonly ProbeResult[] } | null | undefined;
  return (result?.probes ?? []).map(({ name, ...probe }) => ({ check: `probe ${name}`, ...probe }));
}

function notProven(failing: readonly NodeReport[]): JobError {
  const why = failing.slice(0, 3).map(({ node, checks }) => {
    const [first] = checks.filter(({ ok }) => !ok);
    return first === undefined ? `${node} was not inspected` : `${node}: ${first.check}: ${first.found}`;
  });
  const more = failing.length > why.length ? `, and ${failing.length - why.length} more nodes` : '';
  return {
    code: 'reset.not_proven',
    detail: `The range is not what its baseline says: ${why.join('; ')}${more}.`,
    facts: { nodes: failing.map(({ node }) => node) },
  };
}
