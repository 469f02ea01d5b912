import { COMMAND_VERSIONS } from '@orion/contracts';
import type { PlannedStep } from '@orion/domain';
import type { StepRow } from '@orion/persistence';
import { v5 as uuid5 } from 'uuid';

import { payloadOf, targetOf, type PayloadRows } from './command-payloads';

/** Turns a plan into rows. Ids follow from the job, its stage and the step's key, so that planning twice lays down nothing twice. */
export function stepRows(
  jobId: string,
  phase: StepRow['phase'],
  plan: readonly PlannedStep[],
  rows: PayloadRows,
  firstOrdinal = 0,
  stage = 1,
): readonly StepRow[] {
  const part = stage === 1 ? phase : `${phase}/${stage}`;
  const idOf = (key: string): string => uuid5(`${part}/${key}`, jobId);
  const successors = new Map<string, string[]>(plan.map(({ key }) => [key, []]));
  for (const { key, dependsOn } of plan) {
    const id = idOf(key);
    for (const before of dependsOn) successors.get(before)?.push(id);
  }
  return plan.map(({ key, kind, subject, dependsOn, host, storage, ...times }, index) => ({
    id: idOf(key),
    ordinal: firstOrdinal + index,
    phase,
    kind,
    kindVersion: COMMAND_VERSIONS[kind],
    subject,
    target: targetOf(kind, rows, subject, jobId),
    waitingOn: dependsOn.length,
    successors: successors.get(key) ?? [],
    maxAttempts: times.maxAttempts,
    ...(host !== undefined && { host }),
    ...(storage !== undefined && { storage }),
    expectedMs: Math.round(times.expectedMs),
    tailMs: Math.round(times.tailMs),
    timeoutMs: times.timeoutMs,
    payload: payloadOf(kind, rows, subject),
  }));
}
