import { Injectable } from '@nestjs/common';
import { canonicalDigest, type VmRecord } from '@orion/contracts';
import { baselineStages, digestedManifest, type JobError } from '@orion/domain';
import { BaselineStore } from '@orion/persistence';

import { baselineRow } from '../planning/baseline-of-job';
import { manifestNode } from './manifest-node';
import type { JobWork } from './job-work';
import { StopJob } from './stop-job';

/** Takes a baseline from stage to stage, and keeps what its nodes look like when the last one is done. */
@Injectable()
export class FinishBaseline {
  constructor(private readonly stopJob: StopJob) {}

  async execute(work: JobWork): Promise<void> {
    const { job } = work;
    const store = new BaselineStore(work.db);
    const baseline = await baselineRow(store, job.params);
    if (job.stage < baselineStages(baseline)) return work.planNextStage();
    const records = new Map(
      (await work.steps.results(job.id)).flatMap(({ kind, subject, result }) =>
        kind === 'vm.inspect' ? [[subject, result as VmRecord] as const] : [],
      ),
    );
    const manifest = (await work.plan.nodes(job.rangeId ?? '')).flatMap((row) => {
      const record = records.get(row.name);
      return record === undefined ? [] : [manifestNode(row, record)];
    });
    const astray = manifest.find(({ snapshot }) => snapshot !== baseline.snapshot);
    if (astray !== undefined) return this.stopJob.begin(work, movedOn(astray.node, baseline.snapshot, astray.snapshot));
    const digest = canonicalDigest(digestedManifest(manifest));
    await store.finish(baseline.id, manifest, digest);
    await store.makeCurrent(job.rangeId ?? '', baseline.id);
    await work.end({ state: 'succeeded', result: { baseline: baseline.name, digest, nodes: manifest.length } });
  }
}

/** Somebody has taken or returned to another snapshot while the baseline was made. */
function movedOn(node: string, expected: string, found: string | null): JobError {
  const detail = `${node} descends from the snapshot ${found ?? 'none'}, not from ${expected}: it was changed meanwhile.`;
  return { code: 'baseline.not_ready', detail, facts: { node } };
}
