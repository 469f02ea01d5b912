import { Injectable } from '@nestjs/common';
import { APPLY_STAGES, namesMadeAnew, revisionDifferences, type NormalisedBlueprint } from '@orion/domain';
import { BaselineStore } from '@orion/persistence';

import type { JobWork } from './job-work';

/** Takes an apply from stage to stage: when all is changed, what is not needed any more goes. */
@Injectable()
export class FinishApply {
  async execute(work: JobWork): Promise<void> {
    const { rangeId, params, stage } = work.job;
    const [from, revision] = [Number(params['from']), Number(params['revision'])];
    if (rangeId === null || stage >= APPLY_STAGES) return work.end({ state: 'succeeded', result: { from, revision } });
    const { before, after } = await work.plan.revisions(rangeId, from, revision);
    const differences = revisionDifferences(before as NormalisedBlueprint, after as NormalisedBlueprint);
    const gone = [...differences.nodes.removed, ...namesMadeAnew(differences)];
    await work.plan.forgetSnapshotsOf(rangeId, gone);
    // What a baseline returns to is the range that it was taken of.
    const { added, changed } = differences.nodes;
    const touched = [
      ...gone,
      ...added,
      ...changed.filter(({ effect }) => effect === 'restart').map(({ name }) => name),
    ];
    if (touched.length > 0) {
      for (const baseline of await new BaselineStore(work.db).spoilAll(rangeId)) {
        work.tell('baseline.incomplete', { baseline, nodes: touched });
      }
    }
    if (from !== revision) work.tell('range.revision_changed', { from, to: revision });
    await work.planNextStage();
  }
}

/** Tells whether a job has come so far that it is finished rather than taken back. */
export function isPastReturn({ kind, stage }: Pick<JobWork['job'], 'kind' | 'stage'>): boolean {
  return kind === 'range.apply' && stage > 1;
}
