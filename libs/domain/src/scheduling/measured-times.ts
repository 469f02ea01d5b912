import type { StepKind } from '../jobs/step';
import type { TimesOf } from '../planning/planned-step';

/** The median of what steps of a kind took lately at a site, from being sent to their end. */
export interface MeasuredTime {
  readonly kind: StepKind;
  /** Null: over all hosts, or of a kind that loads none. */
  readonly host: string | null;
  readonly fullClone: boolean;
  readonly medianMs: number;
}

/** Times of a host where there are enough, else of all hosts of the site. */
export function timesFrom(measured: readonly MeasuredTime[]): TimesOf {
  const times = new Map(measured.map((time) => [keyOf(time.kind, time.host, time.fullClone), time.medianMs]));
  return (kind, host, fullClone = false) =>
    times.get(keyOf(kind, host ?? null, fullClone)) ?? times.get(keyOf(kind, null, fullClone));
}

function keyOf(kind: string, host: string | null, fullClone: boolean): string {
  return `${kind} ${fullClone ? 'full' : ''} ${host ?? ''}`;
}
