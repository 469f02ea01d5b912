/** One measured number. Ratios and counts before seconds: they mean the same on another machine. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the figure is held to; absent: it is context for another one. */
  readonly target?: string;
  /** What one must know to read the value: sizes, rates, factors, versions. */
  readonly context: Readonly<Record<string, string | number | boolean>>;
}

/** Prints a figure as one JSON line. */
export function printFigure(figure: Figure): void {
  process.stdout.write(`${JSON.stringify({ ...figure, value: round(figure.value) })}\n`);
}

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1));
  return sorted[index] ?? Number.NaN;
}

/** Three significant digits: more would claim a precision that no run repeats. */
function round(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(3)) : value;
}
