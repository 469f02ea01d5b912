import { join } from 'node:path';
import { runToEnd } from '@orion/testing';

const MAIN = join(__dirname, '../../chaos/dist/main.js');
/** About a minute on two cores, half of it faults; a slower machine may take this long. */
const LONGEST_MS = 280_000;

test(
  'nothing is lost, doubled, left over or stuck while everything breaks',
  async () => {
    const { code, lines } = await runToEnd(MAIN, {
      args: ['faults'],
      env: { SEED: '7', FAULTS: '25', LIVES: '8', NODES: '6' },
    });

    const line = lines.find((text) => text.startsWith('{"name":"chaos"')) ?? lines.slice(-200).join('\n');
    expect(line).toMatch(/"lost":0,"duplicates":0,"orphans":0,"stuck":0/);
    expect(code).toBe(0);
  },
  LONGEST_MS,
);
