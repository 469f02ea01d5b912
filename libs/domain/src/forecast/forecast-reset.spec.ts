import type { PlacedNode } from '../planning';
import { forecastReset } from './forecast-reset';

const aNode = (name: string, dependsOn: readonly string[] = []): PlacedNode => ({
  name,
  state: 'running',
  host: 'h1',
  storage: 'ceph',
  interfaces: [{ network: 'lan' }],
  spec: {
    ...{ template: 't', templateVmId: 900, templateHost: 'h1', mode: 'linked', storageShared: true, os: 'linux' },
    ...{ cpus: 1, guestAgent: true, dependsOn, readiness: { guestAgent: true, timeoutMs: 60_000 } },
    probes: [{ name: 'up', timeoutSeconds: 5, exec: { command: ['uptime'], exitCode: 0 } }],
  },
});

test('a reset is told with what each node comes back to, and how long the slots make it last', () => {
  const forecast = forecastReset({
    nodes: [aNode('dc'), aNode('ws', ['dc']), aNode('off')],
    networks: ['lan'],
    baseline: { mode: 'disk', power: { dc: 'running', ws: 'running', off: 'stopped' } },
    slots: { perHost: 1, perStorage: 1 },
    measured: [{ kind: 'vm.ready', host: null, fullClone: false, medianMs: 30_000 }],
  });

  expect(forecast.nodes.map(({ name, power, probes }) => [name, power, probes])).toEqual([
    ['dc', 'running', ['up']],
    ['ws', 'running', ['up']],
    ['off', 'stopped', []],
  ]);
  // dc: 3 s back, 2 s start, 30 s ready; ws the same but for the way back; then a look and the probe.
  expect(forecast.expectedMs).toBe(3_000 + 2 * 32_000 + 1_000 + 2_000);
});
