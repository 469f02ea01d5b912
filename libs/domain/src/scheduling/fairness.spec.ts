import { planDeploy, type PlanNode } from '../planning';
import { simulateSchedule, type JobStep } from './simulate-schedule';

const SLOTS = { perHost: 2, perStorage: 4 };
const HOSTS = ['alpha', 'beta', 'gamma', 'delta'];

/** A deploy of flat nodes over four hosts with one shared storage, as steps of one job. */
function deploy(tenantId: string, count: number, arrivesAtMs: number, jobId = tenantId): readonly JobStep[] {
  const nodes = Array.from({ length: count }, (_, index): PlanNode => {
    const host = HOSTS[index % HOSTS.length] as string;
    return { name: `n${index}`, state: 'planned', host, storage: 'san', dependsOn: [], networks: ['lan'] };
  });
  return planDeploy({ nodes, networks: ['lan'] }).map(({ key, dependsOn, expectedMs, host, storage }) => ({
    ...{ key: `${jobId} ${key}`, dependsOn: dependsOn.map((before) => `${jobId} ${before}`) },
    ...{ durationMs: expectedMs, host, storage, tenantId, jobId, arrivesAtMs },
  }));
}

function endOf(jobId: string, steps: readonly JobStep[]): number {
  const { startMs } = simulateSchedule(steps, SLOTS);
  const ends = steps.map((step) => (step.jobId === jobId ? (startMs.get(step.key) ?? Infinity) + step.durationMs : 0));
  return Math.max(...ends);
}

const aloneMs = endOf('blue', deploy('blue', 2, 0));
const longestSlotMs = 4_000;

test.each([0, 1_500, 30_000, 95_500])(
  'two nodes of another tenant behind two hundred, %i ms later, end within twice their time alone plus one step',
  (arrivesAtMs) => {
    const steps = [...deploy('red', 200, 0), ...deploy('blue', 2, arrivesAtMs)];
    expect(endOf('blue', steps) - arrivesAtMs).toBeLessThanOrEqual(2 * aloneMs + longestSlotMs);
  },
);

test('so they do behind ten deploys of the same other tenant', () => {
  const reds = Array.from({ length: 10 }, (_, index) => deploy('red', 40, index * 100, `red-${index}`)).flat();
  const steps = [...reds, ...deploy('blue', 2, 20_000)];
  expect(endOf('blue', steps) - 20_000).toBeLessThanOrEqual(2 * aloneMs + longestSlotMs);
});

test('the large deploy loses no more than the time that the small one takes', () => {
  const large = deploy('red', 200, 0);
  const both = [...large, ...deploy('blue', 2, 30_000)];
  expect(endOf('red', both)).toBeLessThanOrEqual(endOf('red', large) + aloneMs);
});
