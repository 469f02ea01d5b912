import { compareText, Heap } from '../ordering/heap';
import { resourcesOf, SlotLedger, type Load, type SlotLimits } from './slots';

/** A step whose predecessors have succeeded. */
export interface ReadyStep extends Load {
  readonly id: string;
  readonly tenantId: string;
  readonly jobId: string;
  /** When the job was asked for, milliseconds since 1970. */
  readonly jobCreatedAt: number;
  readonly expectedMs: number;
  /** How long before the end of its job it must begin, milliseconds. */
  readonly tailMs: number;
  /** End of its back-off, milliseconds since 1970; absent: none. */
  readonly dueAt?: number | undefined;
}

/** Steps that an agent may be working on; `count` of a kind, 1 when absent. */
export interface BusyStep extends Load {
  readonly tenantId: string;
  readonly count?: number;
}

/**
 * A tenant owes at most this much, slot-milliseconds (or its longest step): what it took while the others could use
 * none of it does not hold it back for longer.
 */
const LARGEST_DEBT_MS = 600_000;
/** Remaining paths are estimates: what differs by less is no reason to prefer one. */
const ABOUT_AS_LONG = 0.9;

interface Turn {
  readonly tenantId: string;
  debtMs: number;
  slotsHeld: number;
}

interface TenantQueue<S> extends Turn {
  /** Steps that load the same resources wait in one lane: when its first finds no room, none of them does. */
  readonly lanes: Map<string, Lane<S>>;
}

interface Lane<S> {
  readonly resources: readonly string[];
  readonly steps: Heap<S>;
}

/** Steps that are ready at a site, what is taken of its slots, and whose turn it is. */
export class DispatchQueue<S extends ReadyStep> {
  private readonly ledger: SlotLedger;
  private readonly tenants = new Map<string, TenantQueue<S>>();
  /** Steps that take no slot. */
  private loadless: S[] = [];
  private largestCostMs = 0;

  /** `debts`: slot-milliseconds that each tenant has had beyond its turn. */
  constructor(
    slots: SlotLimits,
    inFlight: readonly BusyStep[] = [],
    private debts: ReadonlyMap<string, number> = new Map(),
  ) {
    this.ledger = new SlotLedger(slots, inFlight);
    for (const { tenantId, count } of inFlight) this.tenant(tenantId).slotsHeld += count ?? 1;
  }

  /** What tenants have had beyond their turn by now; those at 0 are left out. */
  get deficits(): ReadonlyMap<string, number> {
    return this.debts;
  }

  add(step: S): void {
    const resources = resourcesOf(step);
    if (resources.length === 0) {
      this.loadless.push(step);
      return;
    }
    const { lanes } = this.tenant(step.tenantId);
    const name = resources.join('\n');
    const lane = lanes.get(name) ?? { resources, steps: new Heap<S>(compareSteps) };
    lanes.set(name, lane);
    lane.steps.push(step);
    this.largestCostMs = Math.max(this.largestCostMs, costOf(step));
  }

  /** Gives the slots of a chosen step back. */
  ended(step: S): void {
    const resources = resourcesOf(step);
    if (resources.length === 0) return;
    this.ledger.take(resources, -1);
    this.tenant(step.tenantId).slotsHeld -= 1;
  }

  /** Takes what begins now out of the queue, in the order of dispatch. What takes no slot always does. */
  choose(): S[] {
    const chosen = this.loadless.sort(compareSteps);
    this.loadless = [];
    const waiting = [...this.tenants.values()].filter(({ lanes }) =>
      [...lanes.values()].some(({ steps }) => steps.size),
    );
    for (const queue of waiting) queue.debtMs = this.debts.get(queue.tenantId) ?? 0;
    const turns = new Heap<TenantQueue<S>>(compareTurns, waiting);
    for (let queue = turns.pop(); queue !== undefined; queue = turns.pop()) {
      const step = takeNext(queue, this.ledger);
      if (step === undefined) continue;
      chosen.push(step);
      queue.debtMs += costOf(step);
      queue.slotsHeld += 1;
      turns.push(queue);
    }
    this.debts = settleDebts(this.debts, waiting, Math.max(LARGEST_DEBT_MS, this.largestCostMs));
    return chosen;
  }

  private tenant(tenantId: string): TenantQueue<S> {
    const known = this.tenants.get(tenantId) ?? {
      tenantId,
      debtMs: 0,
      slotsHeld: 0,
      lanes: new Map<string, Lane<S>>(),
    };
    this.tenants.set(tenantId, known);
    return known;
  }
}

/**
 * The first step of the lanes that have room. Paths that are about as long as the longest count as equal, and of those the
 * one goes first whose host is least busy: clones that a storage lets through a few at a time thus spread over the hosts,
 * instead of leaving the starts of half of them to the end.
 */
function takeNext<S extends ReadyStep>(queue: TenantQueue<S>, ledger: SlotLedger): S | undefined {
  const lanes = [...queue.lanes.values()].filter(
    ({ steps, resources }) => steps.size > 0 && ledger.hasRoomFor(resources),
  );
  const [lane] = lanes;
  if (lane === undefined) return undefined;
  const headOf = ({ steps }: Lane<S>): S => steps.peek() as S;
  const first = lanes.reduce((best, other) => (compareSteps(headOf(other), headOf(best)) < 0 ? other : best), lane);
  const { jobId, tailMs } = headOf(first);
  const equals = lanes.filter((other) => {
    const head = headOf(other);
    return head.jobId === jobId && head.tailMs >= tailMs * ABOUT_AS_LONG;
  });
  const busy = (other: Lane<S>): number => ledger.busiestShare(other.resources);
  const next = equals.reduce((best, other) => {
    const order = busy(other) - busy(best) || compareSteps(headOf(other), headOf(best));
    return order < 0 ? other : best;
  }, first);
  ledger.take(next.resources);
  return next.steps.pop();
}

function settleDebts(
  before: ReadonlyMap<string, number>,
  turns: readonly Turn[],
  most: number,
): ReadonlyMap<string, number> {
  const debts = new Map(before);
  for (const { tenantId, debtMs } of turns) debts.set(tenantId, debtMs);
  const least = turns.length === 0 ? 0 : Math.min(...turns.map(({ debtMs }) => debtMs));
  const settled = [...debts].map(([tenantId, debt]) => [tenantId, Math.min(debt - least, most)] as const);
  return new Map(settled.filter(([, debt]) => debt > 0));
}

/** Slot-milliseconds. */
function costOf(step: ReadyStep): number {
  return step.expectedMs * resourcesOf(step).length;
}

function compareTurns(a: Turn, b: Turn): number {
  return a.debtMs - b.debtMs || a.slotsHeld - b.slotsHeld || compareText(a.tenantId, b.tenantId);
}

function compareSteps(a: ReadyStep, b: ReadyStep): number {
  return (
    a.jobCreatedAt - b.jobCreatedAt || compareText(a.jobId, b.jobId) || b.tailMs - a.tailMs || compareText(a.id, b.id)
  );
}
