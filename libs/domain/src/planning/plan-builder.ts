import type { StepKind } from '../jobs/step';
import type { SlotLimits } from '../scheduling/slots';
import { tailsOnSlots } from '../scheduling/tails-on-slots';
import { FULL_CLONE, STEP_DEFAULTS } from './step-defaults';
import { stepKey, type PlanNode, type PlannedStep, type PlanRequest, type TimesOf } from './planned-step';

interface Draft extends Omit<PlannedStep, 'tailMs'> {
  tailMs: number;
}

/** Collects steps in topological order (each names earlier ones only) and gives each its tail. */
export class PlanBuilder {
  private readonly drafts: Draft[] = [];
  private readonly indexOf = new Map<string, number>();
  private readonly timesOf: TimesOf;
  private readonly slots: SlotLimits | undefined;

  constructor({ timesOf, slots }: Pick<PlanRequest, 'timesOf' | 'slots'>) {
    this.timesOf = timesOf ?? (() => undefined);
    this.slots = slots;
  }

  has(key: string): boolean {
    return this.indexOf.has(key);
  }

  /** Adds a step on a node, which loads the node's host and storage as its kind says. */
  onNode(kind: StepKind, node: PlanNode, dependsOn: readonly string[]): string {
    const { takes, timeoutMs, expectedMs } = {
      ...STEP_DEFAULTS[kind],
      ...(kind === 'vm.clone' && node.fullClone ? FULL_CLONE : {}),
    };
    return this.push({
      ...this.draft(kind, node.name, dependsOn),
      expectedMs: this.timesOf(kind, node.host, kind === 'vm.clone' && node.fullClone === true) ?? expectedMs,
      timeoutMs: kind === 'vm.ready' ? (node.readyTimeoutMs ?? timeoutMs) : timeoutMs,
      ...(takes.includes('host') ? { host: node.host } : {}),
      ...(takes.includes('storage') ? { storage: node.storage } : {}),
    });
  }

  /** Adds a step on a network or on the site, which loads neither host nor storage. */
  onSite(kind: StepKind, subject: string, dependsOn: readonly string[]): string {
    return this.push(this.draft(kind, subject, dependsOn));
  }

  build(): readonly PlannedStep[] {
    for (let i = this.drafts.length - 1; i >= 0; i--) {
      const step = this.drafts[i] as Draft;
      step.tailMs += step.expectedMs;
      for (const key of step.dependsOn) {
        const before = this.drafts[this.indexOf.get(key) as number] as Draft;
        before.tailMs = Math.max(before.tailMs, step.tailMs);
      }
    }
    return this.slots === undefined ? this.drafts : onSlots(this.drafts, this.slots);
  }

  private draft(kind: StepKind, subject: string, dependsOn: readonly string[]): Draft {
    const { expectedMs, timeoutMs, maxAttempts } = STEP_DEFAULTS[kind];
    const expected = this.timesOf(kind) ?? expectedMs;
    return {
      key: stepKey(kind, subject),
      kind,
      subject,
      dependsOn,
      expectedMs: expected,
      tailMs: 0,
      timeoutMs,
      maxAttempts,
    };
  }

  private push(draft: Draft): string {
    if (this.indexOf.has(draft.key)) throw new Error(`The plan has two steps ${draft.key}.`);
    for (const key of draft.dependsOn) {
      if (!this.indexOf.has(key)) throw new Error(`The step ${draft.key} comes before ${key}, which it waits for.`);
    }
    this.indexOf.set(draft.key, this.drafts.length);
    this.drafts.push(draft);
    return draft.key;
  }
}

function onSlots(plan: readonly PlannedStep[], slots: SlotLimits): readonly PlannedStep[] {
  const tails = tailsOnSlots(
    plan.map(({ expectedMs, ...step }) => ({ ...step, durationMs: expectedMs })),
    slots,
  );
  return plan.map((step, index) => ({ ...step, tailMs: tails[index] ?? step.tailMs }));
}
