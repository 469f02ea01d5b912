import type { BaselineMode, BaselinePower } from '../baseline';
import { planNode, PLANNERS, type PlacedNode } from '../planning';
import { estimatePlan, timesFrom, type MeasuredTime, type SlotLimits } from '../scheduling';

/** What a reset would do to a node. */
export interface NodeReset {
  readonly name: string;
  readonly host: string;
  readonly storage: string;
  /** What it does once it is back; `running` with a baseline of memory: where it was. */
  readonly power: BaselinePower;
  /** Names of what is tried on it afterwards. */
  readonly probes: readonly string[];
}

export interface ResetForecast {
  readonly nodes: readonly NodeReset[];
  readonly steps: number;
  /** How long it would take with the site's slots to itself, milliseconds. */
  readonly expectedMs: number;
}

export interface ResetRequest {
  readonly nodes: readonly PlacedNode[];
  readonly networks: readonly string[];
  readonly baseline: { readonly mode: BaselineMode; readonly power: Readonly<Record<string, BaselinePower>> };
  readonly slots: SlotLimits;
  readonly measured: readonly MeasuredTime[];
}

/** What a reset of a range would do, by the planner that plans it; without the nodes that it has to repeat. */
export function forecastReset({ nodes, networks, baseline, slots, measured }: ResetRequest): ResetForecast {
  const power = new Map(Object.entries(baseline.power));
  const steps = PLANNERS['range.reset']({
    nodes: nodes.map(planNode),
    networks,
    baseline: { mode: baseline.mode, power },
    timesOf: timesFrom(measured),
    slots,
  });
  return {
    nodes: nodes.map(({ name, host, storage, spec }) => ({
      ...{ name, host, storage, power: power.get(name) ?? 'stopped' },
      probes: power.get(name) === 'running' ? (spec.probes ?? []).map((probe) => probe.name) : [],
    })),
    steps: steps.length,
    expectedMs: estimatePlan(steps, slots),
  };
}
