import { createBlueprintValidator, validateDocument, type ValidationResult } from '@orion/contracts';
import { percentile, type Figure } from './figure';

const NODES_PER_NETWORK = 200;

/** Validates blueprints of 10, 1,000 and 10,000 nodes as a service does: small ones inline, large ones in a thread. */
export async function validationBench(): Promise<Figure[]> {
  const validator = createBlueprintValidator({ workers: 1 });
  try {
    const times = new Map<number, number>();
    for (const [nodes, runs] of [
      [10, 200],
      [1_000, 9],
      [10_000, 3],
    ] as const) {
      times.set(nodes, await medianMs(runs, () => expectValid(validator.validate(blueprintOf(nodes)))));
    }
    const figures = [...times].map(([nodes, ms]): Figure => {
      const target = nodes === 10_000 ? { target: '< 2000' } : {};
      return { name: `validation.ms.${nodes}`, value: ms, unit: 'ms', ...target, context: contextOf(nodes) };
    });
    const perNode = (nodes: number) => (times.get(nodes) ?? Number.NaN) / nodes;
    return [
      ...figures,
      {
        name: 'validation.cost_per_node.ratio',
        value: perNode(10_000) / perNode(1_000),
        unit: 'ratio',
        target: '<= 1.5',
        context: { from: 1_000, to: 10_000 },
      },
      {
        name: 'validation.rate',
        value: documentsPerSecond(),
        unit: 'documents/s',
        target: '>= 1000',
        context: contextOf(10),
      },
    ];
  } finally {
    await validator.close();
  }
}

/** One core, inline. */
function documentsPerSecond(): number {
  const text = blueprintOf(10);
  const rounds = 1_000;
  const begin = performance.now();
  for (let i = 0; i < rounds; i++) validateDocument(text);
  return (rounds * 1_000) / (performance.now() - begin);
}

async function medianMs(runs: number, run: () => Promise<void>): Promise<number> {
  await run();
  const samples: number[] = [];
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    await run();
    samples.push(performance.now() - begin);
  }
  return percentile(samples, 0.5);
}

async function expectValid(validation: Promise<ValidationResult>): Promise<void> {
  const { valid, problems } = await validation;
  if (!valid) throw new Error(`The blueprint of the bench has problems: ${JSON.stringify(problems.slice(0, 3))}`);
}

function contextOf(nodes: number): Figure['context'] {
  return { nodes, kilobytes: Math.round(blueprintOf(nodes).length / 1_000), format: 'yaml' };
}

function blueprintOf(nodes: number): string {
  const networks = Array.from(
    { length: Math.ceil(nodes / NODES_PER_NETWORK) },
    (_, i) => `  - { name: n${i}, cidr: 10.${i}.0.0/24 }`,
  );
  return [
    'schemaVersion: 1',
    'name: bench',
    'networks:',
    ...networks,
    'nodes:',
    ...Array.from({ length: nodes }, nodeOf),
    '',
  ].join('\n');
}

/** Every node depends on one before it, so that the nodes form a tree. */
function nodeOf(_: unknown, i: number): string {
  return `  - name: node-${i}
    template: debian-12
    labels: { function: web, tier: '${i % 10}' }
    resources: { cpus: 2, memoryMiB: 2048 }
    interfaces: [{ network: n${Math.floor(i / NODES_PER_NETWORK)} }]
    dependsOn: [${i === 0 ? '' : `node-${Math.floor((i - 1) / 2)}`}]
    readiness: { guestAgent: true, timeoutSeconds: 120 }`;
}
