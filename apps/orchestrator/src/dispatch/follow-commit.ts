import { Injectable } from '@nestjs/common';

import type { AfterCommit } from '../jobs/after-commit';

/** Takes up what a commit asks for. */
export interface CommitFollower {
  dispatch(siteId: string): void;
  admit(siteId: string): void;
  advance(jobId: string): void;
  cancel(cancellations: AfterCommit['cancellations']): void;
}

/**
 * Hands what a commit asks for to whoever does it, without waiting. The follower comes last, because what follows a
 * commit ends in commits again.
 */
@Injectable()
export class FollowCommit {
  private follower: CommitFollower | undefined;

  follow(follower: CommitFollower): void {
    this.follower = follower;
  }

  execute(after: AfterCommit): void {
    if (this.follower === undefined) return;
    if (after.cancellations.length > 0) this.follower.cancel(after.cancellations);
    for (const siteId of after.dispatch) this.follower.dispatch(siteId);
    for (const siteId of after.admit) this.follower.admit(siteId);
    for (const jobId of after.advance) this.follower.advance(jobId);
  }
}
