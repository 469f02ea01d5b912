import { v5 as uuid5 } from 'uuid';

/** The id of a step's attempt: the same attempt has the same id whoever computes it. */
export function commandIdOf(stepId: string, attempt: number): string {
  return uuid5(String(attempt), stepId);
}
