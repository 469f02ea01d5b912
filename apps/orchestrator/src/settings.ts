import type { Retention } from '@orion/persistence';

/** What the orchestrator's parts are set to. */
export class Settings {
  constructor(
    /** Id of the installation, part of every VM's mark. */
    readonly installation: string,
    /** Milliseconds between two sweeps. */
    readonly sweepIntervalMs: number,
    /** Milliseconds after a step's time-out until its agent counts as silent. */
    readonly stepGraceMs: number,
    readonly retention: Retention,
  ) {}
}
