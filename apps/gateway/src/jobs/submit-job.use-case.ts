import { Injectable } from '@nestjs/common';
import { DomainError, JOB_KINDS, mayDo, type JobKind, type Permission } from '@orion/domain';

import { BaselineJobDto, BaselineRemovalJobDto, NodeResetJobDto, ResetJobDto } from '../baselines/baseline.dto';
import { ChangeBaselines } from '../baselines/change-baselines.use-case';
import { ResetRange } from '../baselines/reset-range.use-case';
import type { Answer } from '../http/answer';
import type { Caller } from '../http/caller';
import { validated } from '../http/validation';
import { ApplyRevision } from '../ranges/apply-revision.use-case';
import { CreateRange } from '../ranges/create-range.use-case';
import { ApplyJobDto } from '../ranges/range.dto';
import { SnapshotNode } from '../ranges/snapshot-node.use-case';
import { ChangeNodePower } from '../ranges/change-node-power.use-case';
import { DeployJobDto, NodeJobDto, RangeJobDto, SiteCheckJobDto, SiteJobDto, SnapshotJobDto } from './job.dto';
import type { AcceptedView } from './job.view';
import { RequestRangeJob } from './request-range-job';
import { RequestSiteJob } from './request-site-job';

/** What a kind needs beside `job:write`, so that a narrow key cannot do through jobs what its routes refuse. */
const PERMISSIONS: Readonly<Record<JobKind, Permission>> = {
  'range.deploy': 'range:write',
  'range.destroy': 'range:write',
  'range.start': 'range:write',
  'range.stop': 'range:write',
  'range.repair': 'range:write',
  'range.apply': 'range:write',
  'node.start': 'range:write',
  'node.stop': 'range:write',
  'node.snapshot': 'range:write',
  'baseline.create': 'range:write',
  'baseline.delete': 'range:write',
  'range.reset': 'range:write',
  'node.reset': 'range:write',
  'site.check': 'site:check',
  'site.observe': 'site:check',
};

type Submit = (caller: Caller, body: unknown) => Promise<Answer<AcceptedView>>;

/** Takes a job of any kind; each does exactly what its own route does. */
@Injectable()
export class SubmitJob {
  private readonly submitters: Readonly<Record<JobKind, Submit>>;

  constructor(
    createRange: CreateRange,
    snapshotNode: SnapshotNode,
    changeNodePower: ChangeNodePower,
    changeBaselines: ChangeBaselines,
    resetRange: ResetRange,
    applyRevision: ApplyRevision,
    requestRangeJob: RequestRangeJob,
    requestSiteJob: RequestSiteJob,
  ) {
    const ofRange =
      (kind: 'range.destroy' | 'range.start' | 'range.stop' | 'range.repair'): Submit =>
      (caller, body) => {
        const { rangeId, deadlineSeconds } = validated(RangeJobDto, body);
        return requestRangeJob.execute(caller, { kind, rangeId, deadlineSeconds });
      };
    const ofNode =
      (kind: 'node.start' | 'node.stop'): Submit =>
      (caller, body) => {
        const { rangeId, node, deadlineSeconds } = validated(NodeJobDto, body);
        return changeNodePower.execute(caller, { kind, rangeId, node, deadlineSeconds });
      };
    const ofSite =
      (kind: 'site.observe'): Submit =>
      (caller, body) => {
        const { siteId, deadlineSeconds } = validated(SiteJobDto, body);
        return requestSiteJob.execute(caller, { kind, siteId, deadlineSeconds });
      };
    this.submitters = {
      'range.deploy': (caller, body) => createRange.execute(caller, validated(DeployJobDto, body)),
      'range.destroy': ofRange('range.destroy'),
      'range.start': ofRange('range.start'),
      'range.stop': ofRange('range.stop'),
      'range.repair': ofRange('range.repair'),
      'range.apply': (caller, body) => {
        const { rangeId, ...apply } = validated(ApplyJobDto, body);
        return applyRevision.execute(caller, rangeId, apply);
      },
      'node.start': ofNode('node.start'),
      'node.stop': ofNode('node.stop'),
      'node.snapshot': (caller, body) => {
        const { rangeId, node, ...snapshot } = validated(SnapshotJobDto, body);
        return snapshotNode.execute(caller, rangeId, node, snapshot);
      },
      'baseline.create': (caller, body) => {
        const { rangeId, ...baseline } = validated(BaselineJobDto, body);
        return changeBaselines.create(caller, rangeId, baseline);
      },
      'baseline.delete': (caller, body) => {
        const { rangeId, name, deadlineSeconds } = validated(BaselineRemovalJobDto, body);
        return changeBaselines.remove(caller, rangeId, name, deadlineSeconds);
      },
      'range.reset': (caller, body) => {
        const { rangeId, ...reset } = validated(ResetJobDto, body);
        return resetRange.execute(caller, rangeId, reset);
      },
      'node.reset': (caller, body) => {
        const { rangeId, node, ...reset } = validated(NodeResetJobDto, body);
        return resetRange.execute(caller, rangeId, reset, node);
      },
      'site.check': (caller, body) => {
        const { siteId, ...options } = validated(SiteCheckJobDto, body);
        return requestSiteJob.check(caller, siteId, options);
      },
      'site.observe': ofSite('site.observe'),
    };
  }

  execute(caller: Caller, body: unknown): Promise<Answer<AcceptedView>> {
    const kind = kindOf(body);
    if (!mayDo(caller.principal, PERMISSIONS[kind])) {
      throw new DomainError('auth.forbidden', undefined, { permission: PERMISSIONS[kind] });
    }
    return this.submitters[kind](caller, body);
  }
}

function kindOf(body: unknown): JobKind {
  const wanted = (body as { kind?: unknown } | null | undefined)?.kind;
  const kind = JOB_KINDS.find((known) => known === wanted);
  if (kind === undefined) {
    throw new DomainError('request.invalid', `kind must be one of ${JOB_KINDS.join(', ')}.`, {
      problems: [{ pointer: '/kind', message: `kind must be one of ${JOB_KINDS.join(', ')}` }],
    });
  }
  return kind;
}
