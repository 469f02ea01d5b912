import type { Environment, RunningService, Service } from '@orion/runtime';

/** The parts of a platform, by name; each is a process of its own in the distributed profile. */
export const PARTS = ['gateway', 'orchestrator', 'hypervisor-agent'] as const;
export type Part = (typeof PARTS)[number];

/** A part that runs. */
export interface Launched {
  readonly urls: Readonly<Record<string, string>>;
  stop(): Promise<unknown>;
}

/** Starts a part from its environment, and says when it works. */
export type Launch = (part: Part, env: Environment) => Promise<Launched>;

/** Starts parts in this process. */
export function inThisProcess(services: Readonly<Record<Part, Service>>): Launch {
  return (part, env): Promise<RunningService> => services[part].start(env);
}
