import type { JobKind } from '@orion/domain';

/** How long a job may take from its request, seconds, unless the request says otherwise. */
export const JOB_DEADLINE_SECONDS: Readonly<Record<JobKind, number>> = {
  'range.deploy': 4 * 3_600,
  'range.destroy': 2 * 3_600,
  'range.start': 2 * 3_600,
  'range.stop': 2 * 3_600,
  'range.repair': 4 * 3_600,
  'range.apply': 4 * 3_600,
  'node.start': 1_800,
  'node.stop': 1_800,
  'node.snapshot': 1_800,
  'baseline.create': 2 * 3_600,
  'baseline.delete': 2 * 3_600,
  'range.reset': 2 * 3_600,
  'node.reset': 1_800,
  'site.check': 300,
  'site.observe': 300,
};
