import { randomUUID } from 'node:crypto';
import { CHANGED_MIB, EXTRA_NODE } from './compare-with-cluster';
import type { Ledger } from './ledger';
import type { Operator } from './operator';
import { PatientClient } from './patient-client';
import type { Random } from './random';
import { RangeLife, type LifeClient } from './range-life';
import type { Rig, Tenant } from './rig';

export interface WorkloadOptions {
  /** Ranges that live at once. */
  readonly lives: number;
  readonly largestRange: number;
}

/** `work`: new ranges all the time. `settle`: each range's last job comes to its end, nothing new begins. */
export type Phase = 'work' | 'settle';

/** Clients of two tenants who want something all the time: each of their ranges lives a life that the seed has drawn. */
export class Workload {
  private phase: Phase = 'work';
  private over = false;
  private begun = 0;
  private readonly clients: LifeClient[] = [];
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly rig: Rig,
    private readonly operator: Operator,
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly options: WorkloadOptions,
  ) {}

  /** Stores the blueprints and begins. */
  async begin(): Promise<void> {
    for (const tenant of this.rig.tenants) this.clients.push(await this.prepare(tenant));
    this.running = Promise.all(Array.from({ length: this.options.lives }, () => this.liveOnAndOn()));
  }

  /** Answers that no healthy service gives, with how often they came. */
  get surprises(): readonly (readonly [string, number])[] {
    return this.clients.flatMap(({ patient }) => [...patient.surprises]);
  }

  /** No new ranges; returns when every client has seen its last job end. */
  async settle(): Promise<void> {
    this.phase = 'settle';
    await this.running;
  }

  /** Clients that still wait for an answer give up at their next look. */
  giveUp(): void {
    this.over = true;
  }

  private async prepare(tenant: Tenant): Promise<LifeClient> {
    const blueprintIds: string[] = [];
    for (let nodes = 1; nodes <= this.options.largestRange; nodes += 1) {
      const revisions = revisionsOf(nodes);
      const { id } = await tenant.observer.request<{ id: string }>('POST', '/blueprints', {
        text: revisions[0],
        mediaType: 'application/yaml',
      });
      await tenant.observer.request('PUT', `/blueprints/${id}`, {
        text: revisions[1],
        mediaType: 'application/yaml',
        headers: { 'if-match': '"1"' },
      });
      blueprintIds.push(id);
    }
    return { tenant, blueprintIds, patient: new PatientClient(tenant.client, () => this.over) };
  }

  private async liveOnAndOn(): Promise<void> {
    while (this.phase === 'work' && !this.over) {
      this.begun += 1;
      const random = this.random.stream(`life ${this.begun}`);
      const client = this.clients[this.begun % this.clients.length];
      if (client === undefined) return;
      const life = new RangeLife(client, random, {
        siteId: this.rig.siteId,
        simulator: this.rig.simulator,
        operator: this.operator,
        ledger: this.ledger,
        phase: () => this.phase,
        isOver: () => this.over,
      });
      await life.live();
    }
  }
}

/**
 * In the second revision the first node has more memory, or is made anew in ranges of an even number of nodes; and there is one
 * node more, on a network of its own.
 */
function revisionsOf(nodes: number): readonly [string, string] {
  const name = `chaos-${nodes}-${randomUUID().slice(0, 8)}`;
  const document = (first: string, more: { readonly networks?: string; readonly nodes?: string } = {}): string =>
    [
      'schemaVersion: 1',
      `name: ${name}`,
      `networks: [{ name: lan, cidr: 10.77.0.0/24 }${more.networks ?? ''}]`,
      'nodes:',
      `  - { name: first, template: debian-12, ${first}, interfaces: [{ network: lan }] }`,
      ...(nodes > 1
        ? [
            `  - { name: vm, count: ${nodes - 1}, template: debian-12, resources: { cpus: 1, memoryMiB: 64 },`,
            '      interfaces: [{ network: lan }], dependsOn: [first], readiness: { guestAgent: true, timeoutSeconds: 120 } }',
          ]
        : []),
      ...(more.nodes === undefined ? [] : [more.nodes]),
    ].join('\n');
  const small = 'resources: { cpus: 1, memoryMiB: 64 }';
  const first = nodes % 2 === 0 ? `${small}, cloneMode: full` : `resources: { cpus: 1, memoryMiB: ${CHANGED_MIB} }`;
  return [
    document(small),
    document(first, {
      networks: ', { name: dmz, cidr: 10.78.0.0/24 }',
      nodes: `  - { name: ${EXTRA_NODE}, template: debian-12, ${small}, interfaces: [{ network: dmz }] }`,
    }),
  ];
}
