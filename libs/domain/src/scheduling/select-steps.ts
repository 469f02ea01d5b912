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
  readonly tailMs: number;
  /** End of its back-off, milliseconds since 1970; absent: none. */
  readonly dueAt?: number | undefined;
}

/** Steps that an agent may be working on; `count` of a kind, 1 when absent. */
export interface BusyStep extends Load {
  readonly tenantId: string;
  readonly count?: number;
}

export interface SelectionRequest {
  readonly ready: readonly ReadyStep[];
  readonly inFlight: readonly BusyStep[];
  readonly slots: SlotLimits;
  /** Slot-milliseconds that each tenant has had beyond its turn; a tenant that is not named has had none. */
  readonly tenants: ReadonlyMap<string, number>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Selection<S extends ReadyStep = ReadyStep> {
  /** In the order of dispatch. */
  readonly chosen: readonly S[];
  /** `tenants` after this choice, for the next call. Tenants at 0 are left out. */
  readonly deficits: ReadonlyMap<string, number>;
}

/**
 * A tenant owes at most this much, slot-milliseconds (or its longest step): what it took while the others could use
 * none of it does not hold it back for longer.
 */
const LARGEST_DEBT_MS = 600_000;

/**
 * Chooses which ready steps begin now.
 *
 * Tenants take turns weighed in slot-milliseconds: the one that has had least goes next and is charged the expected
 * time of its step per slot. Within a tenant older jobs go first, within a job the longest remaining path, and of paths
 * about as long the one on the least busy host. A step whose slots are all taken is passed over, so that no slot stays
 * free while some step could use it. A step that takes no slot is always chosen and costs nothing.
 *
 * Between two tenants that always have work for the same slots the difference in what they got never exceeds one
 * longest step. Being idle earns nothing.
 */
export function selectSteps<S extends ReadyStep>(
  request: Omit<SelectionRequest, 'ready'> & { readonly ready: readonly S[] },
): Selection<S> {
  const ledger = new SlotLedger(request.slots, request.inFlight);
  const due = request.ready.filter((step) => step.dueAt === undefined || step.dueAt <= request.now);
  const chosen = due.filter((step) => resourcesOf(step).length === 0).sort(compareSteps);

  const queues = queuesOf(due, request);
  const turns = new Heap<TenantQueue<S>>(compareTurns, queues);
  for (let queue = turns.pop(); queue !== undefined; queue = turns.pop()) {
    const step = takeNext(queue, ledger);
    if (step === undefined) continue;
    chosen.push(step);
    const cost = step.expectedMs * resourcesOf(step).length;
    queue.debtMs += cost;
    queue.slotsHeld += 1;
    turns.push(queue);
  }
  return { chosen, deficits: settleDebts(request.tenants, queues, largestCost(due)) };
}

/** Remaining paths are estimates: what differs by less is no reason to prefer one. */
const ABOUT_AS_LONG = 0.9;

interface Turn {
  readonly tenantId: string;
  debtMs: number;
  slotsHeld: number;
}

interface TenantQueue<S> extends Turn {
  /** Steps that load the same resources wait in one lane: when its first finds no room, none of them does. */
  lanes: readonly Lane<S>[];
}

interface Lane<S> {
  readonly resources: readonly string[];
  readonly steps: Heap<S>;
}

function queuesOf<S extends ReadyStep>(due: readonly S[], request: SelectionRequest): TenantQueue<S>[] {
  const held = new Map<string, number>();
  for (const { tenantId, count } of request.inFlight) held.set(tenantId, (held.get(tenantId) ?? 0) + (count ?? 1));

  const byTenant = new Map<string, Map<string, { resources: readonly string[]; steps: S[] }>>();
  for (const step of due) {
    const resources = resourcesOf(step);
    if (resources.length === 0) continue;
    const lanes = byTenant.get(step.tenantId) ?? new Map<string, { resources: readonly string[]; steps: S[] }>();
    byTenant.set(step.tenantId, lanes);
    const name = resources.join('\n');
    const lane = lanes.get(name);
    if (lane) lane.steps.push(step);
    else lanes.set(name, { resources, steps: [step] });
  }

  return [...byTenant].map(([tenantId, lanes]) => ({
    tenantId,
    debtMs: request.tenants.get(tenantId) ?? 0,
    slotsHeld: held.get(tenantId) ?? 0,
    lanes: [...lanes.values()].map(({ resources, steps }) => ({ resources, steps: new Heap<S>(compareSteps, steps) })),
  }));
}

/**
 * The first step of the lanes that have room. Paths that are about as long as the longest count as equal, and of those the
 * one goes first whose host is least busy: clones that a storage lets through a few at a time thus spread over the hosts,
 * instead of leaving the starts of half of them to the end.
 */
function takeNext<S extends ReadyStep>(queue: TenantQueue<S>, ledger: SlotLedger): S | undefined {
  queue.lanes = queue.lanes.filter(({ steps, resources }) => steps.size > 0 && ledger.hasRoomFor(resources));
  const [lane] = queue.lanes;
  if (lane === undefined) return undefined;
  const headOf = ({ steps }: Lane<S>): S => steps.peek() as S;
  const first = queue.lanes.reduce(
    (best, other) => (compareSteps(headOf(other), headOf(best)) < 0 ? other : best),
    lane,
  );
  const { jobId, tailMs } = headOf(first);
  const equals = queue.lanes.filter((other) => {
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
  longestCost: number,
): ReadonlyMap<string, number> {
  const debts = new Map(before);
  for (const { tenantId, debtMs } of turns) debts.set(tenantId, debtMs);
  const least = turns.length === 0 ? 0 : Math.min(...turns.map(({ debtMs }) => debtMs));
  const most = Math.max(LARGEST_DEBT_MS, longestCost);
  const settled = [...debts].map(([tenantId, debt]) => [tenantId, Math.min(debt - least, most)] as const);
  return new Map(settled.filter(([, debt]) => debt > 0));
}

function largestCost(steps: readonly ReadyStep[]): number {
  return steps.reduce((largest, step) => Math.max(largest, step.expectedMs * resourcesOf(step).length), 0);
}

function compareTurns(a: Turn, b: Turn): number {
  return a.debtMs - b.debtMs || a.slotsHeld - b.slotsHeld || compareText(a.tenantId, b.tenantId);
}

function compareSteps(a: ReadyStep, b: ReadyStep): number {
  return (
    a.jobCreatedAt - b.jobCreatedAt || compareText(a.jobId, b.jobId) || b.tailMs - a.tailMs || compareText(a.id, b.id)
  );
}
