import type { Sim } from '../sim';
import type { Vm } from '../vms/vm';

/** Where a program runs. */
export interface Guest {
  readonly sim: Sim;
  readonly vm: Vm;
}

export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode?: number;
  readonly signal?: number;
  /** Simulated milliseconds until it ends. */
  readonly milliseconds: number;
}

export const OK: ProgramResult = { stdout: '', stderr: '', exitCode: 0, milliseconds: 0 };
