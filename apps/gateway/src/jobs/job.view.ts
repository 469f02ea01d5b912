import { hintOf, JOB_KINDS, JOB_STATES, STEP_KINDS, STEP_STATES, type JobError } from '@orion/domain';
import type { JobRow, StepProgress, StepRowRead } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { without } from '../http/without';
import { Id, named, Nullable, OneOf, Time } from '../openapi/answers';

const ErrorView = Type.Object({
  code: Type.String({ description: 'As in the error reference.' }),
  detail: Type.String(),
  hint: Type.Optional(Type.String({ description: 'What a person can do, where the error does not pass by itself.' })),
  stepId: Type.Optional(Id()),
  facts: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

const job = {
  id: Id(),
  kind: OneOf(JOB_KINDS),
  state: OneOf(JOB_STATES),
  rangeId: Nullable(Id()),
  siteId: Id(),
  attempt: Type.Integer({ minimum: 1, description: 'Rises with each retry.' }),
  params: Type.Record(Type.String(), Type.Unknown()),
  progress: Type.Object({ done: Type.Integer(), total: Type.Integer() }, { description: 'Steps.' }),
  queuePosition: Nullable(
    Type.Integer(),
    'Jobs at the site that must end before this one begins. Tenants take turns, so that it may grow when another asks for its first; null once it has begun.',
  ),
  cancelRequested: Type.Boolean(),
  error: Nullable(ErrorView),
  result: Type.Unknown({ description: 'What the job has found out; null for jobs that only change things.' }),
  createdBy: Type.String(),
  createdAt: Time(),
  startedAt: Nullable(Time()),
  endedAt: Nullable(Time()),
  deadlineAt: Time('When it fails unless it has ended.'),
};

export const JobView = named('Job', Type.Object(job));
export type JobView = Static<typeof JobView>;

export const JobDetailView = named(
  'JobDetail',
  Type.Object({
    ...job,
    estimatedEndAt: Nullable(
      Time(),
      'From what steps took lately at the site, its slots and what other jobs do there; null until known.',
    ),
    steps: Type.Array(
      Type.Object({
        kind: OneOf(STEP_KINDS),
        total: Type.Integer(),
        done: Type.Integer(),
        running: Type.Integer(),
        failed: Type.Integer(),
      }),
      {
        description: 'By kind, in the order in which they begin. While a job is being undone, the steps that undo it.',
      },
    ),
  }),
);
export type JobDetailView = Static<typeof JobDetailView>;

/** What a route answers whose work a job does. */
export const AcceptedView = named(
  'AcceptedJob',
  Type.Object({ job: Type.Unsafe<JobView>({ $ref: '#/components/schemas/Job' }) }),
);
export type AcceptedView = Static<typeof AcceptedView>;

export const StepView = named(
  'Step',
  Type.Object({
    id: Id(),
    ordinal: Type.Integer(),
    phase: OneOf(['forward', 'compensate'] as const, 'Steps of the second kind undo what the first ones did.'),
    kind: OneOf(STEP_KINDS),
    subject: Type.String({ description: 'Name of the node or network.' }),
    state: OneOf(STEP_STATES),
    attempt: Type.Integer(),
    host: Nullable(Type.String()),
    storage: Nullable(Type.String()),
    expectedMs: Type.Integer(),
    error: Nullable(ErrorView),
    dispatchedAt: Nullable(Time()),
    startedAt: Nullable(Time()),
    endedAt: Nullable(Time()),
  }),
);
export type StepView = Static<typeof StepView>;

export function jobView(row: JobRow): JobView {
  const { stepsDone, stepsTotal, ...rest } = without(row, 'phase', 'estimatedEndAt');
  return {
    ...rest,
    params: { ...row.params },
    progress: { done: stepsDone, total: stepsTotal },
    error: errorView(row.error),
    result: row.result ?? null,
    deadlineAt: row.deadlineAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    startedAt: timeView(row.startedAt),
    endedAt: timeView(row.endedAt),
  };
}

export function jobDetailView(row: JobRow, progress: StepProgress, now: Date): JobDetailView {
  return {
    ...jobView(row),
    estimatedEndAt: row.state === 'running' ? timeView(estimatedEnd(row, progress, now)) : null,
    steps: [...progress.steps],
  };
}

/** As estimated lately, or at any moment when that is over; before the first estimate by the longest path that is left. */
function estimatedEnd({ estimatedEndAt }: JobRow, { remainingMs }: StepProgress, now: Date): Date | null {
  if (remainingMs === null) return null;
  if (estimatedEndAt === null) return new Date(now.getTime() + remainingMs);
  return estimatedEndAt > now ? estimatedEndAt : now;
}

export function stepView(row: StepRowRead): StepView {
  return {
    ...row,
    phase: row.phase === 'compensate' ? 'compensate' : 'forward',
    error: errorView(row.error),
    dispatchedAt: timeView(row.dispatchedAt),
    startedAt: timeView(row.startedAt),
    endedAt: timeView(row.endedAt),
  };
}

export function timeView(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}

function errorView(stored: unknown): Static<typeof ErrorView> | null {
  const error = (stored ?? null) as JobError | null;
  if (error === null) return null;
  const hint = hintOf(error);
  const { code, detail, stepId, facts } = error;
  return {
    code,
    detail,
    ...(hint !== undefined && { hint }),
    ...(stepId !== undefined && { stepId }),
    ...(facts !== undefined && { facts: { ...facts } }),
  };
}
