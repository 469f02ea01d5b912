import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricOptions<L extends string> {
  /** Begins with `orion_` and ends with the unit, as Prometheus advises: `orion_job_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** Seconds, from a millisecond to ten minutes. */
const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
];

/** Those of the process (memory, event loop, garbage collection) exist once, however many services run in it. */
let processRegistry: Registry | undefined;

/** The metrics of one service. Asking for a metric again by its name returns the one that exists. */
export class Metrics {
  private readonly registry = new Registry();

  constructor(service: string, version: string, commit: string) {
    processRegistry ??= collectProcessMetrics();
    const labels = ['service', 'version', 'commit'] as const;
    this.gauge({ name: 'orion_build_info', help: 'Always 1; its labels tell what runs.', labels }).set(
      { service, version, commit },
      1,
    );
  }

  /** A number that only grows. */
  counter<L extends string = never>({ name, help, labels = [] }: MetricOptions<L>): Counter<L> {
    return (
      this.existing<Counter<L>>(name) ?? new Counter({ name, help, labelNames: labels, registers: [this.registry] })
    );
  }

  /** A number that goes up and down. With `collect` it is read when the metrics are. */
  gauge<L extends string = never>(
    { name, help, labels = [] }: MetricOptions<L>,
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    const existing = this.existing<Gauge<L>>(name);
    if (existing) return existing;
    const base = { name, help, labelNames: labels, registers: [this.registry] };
    if (!collect) return new Gauge(base);
    return new Gauge({
      ...base,
      collect() {
        return collect(this);
      },
    });
  }

  /** How values are spread; in seconds, unless other buckets are given. */
  histogram<L extends string = never>({
    name,
    help,
    labels = [],
    buckets = DURATION_BUCKETS,
  }: MetricOptions<L> & { readonly buckets?: readonly number[] }): Histogram<L> {
    return (
      this.existing<Histogram<L>>(name) ??
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers: [this.registry] })
    );
  }

  /** What `GET /metrics` answers, in the text format of Prometheus. */
  async exposition(): Promise<{ readonly contentType: string; readonly text: string }> {
    const parts = [this.registry, ...(processRegistry ? [processRegistry] : [])];
    const texts = await Promise.all(parts.map((part) => part.metrics()));
    return { contentType: this.registry.contentType, text: texts.join('\n') };
  }

  private existing<M>(name: string): M | undefined {
    return this.registry.getSingleMetric(name) as M | undefined;
  }
}

function collectProcessMetrics(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}
