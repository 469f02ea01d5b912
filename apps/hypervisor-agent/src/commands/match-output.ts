import { Script } from 'node:vm';
import { outputPattern } from '@orion/domain';

/** The text comes from a guest and the pattern from a blueprint: together they may hold up the agent for so long. */
const LONGEST_MS = 250;
const SEARCH = new Script('pattern.test(text)');

/** Whether a probe's pattern finds something in what its command has printed; `reason` when that could not be told. */
export function matchOutput(pattern: string, text: string): { readonly found: boolean; readonly reason?: string } {
  try {
    // A regular expression gives up only where the whole script is given a time.
    const found = SEARCH.runInNewContext({ pattern: outputPattern(pattern), text }, { timeout: LONGEST_MS }) === true;
    return { found };
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'the pattern cannot be read' : 'the pattern took too long';
    return { found: false, reason };
  }
}
