import { randomUUID } from 'node:crypto';
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
      const { id } = await tenant.observer.request<{ id: string }>('POST', '/blueprints', {
        text: blueprint(nodes),
        mediaType: 'application/yaml',
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

function blueprint(nodes: number): string {
  return [
    'schemaVersion: 1',
    `name: chaos-${nodes}-${randomUUID().slice(0, 8)}`,
    'networks: [{ name: lan, cidr: 10.77.0.0/24 }]',
    'nodes:',
    '  - { name: first, template: debian-12, resources: { cpus: 1, memoryMiB: 64 }, interfaces: [{ network: lan }] }',
    ...(nodes > 1
      ? [
          `  - { name: vm, count: ${nodes - 1}, template: debian-12, resources: { cpus: 1, memoryMiB: 64 },`,
          '      interfaces: [{ network: lan }], dependsOn: [first], readiness: { guestAgent: true, timeoutSeconds: 120 } }',
        ]
      : []),
  ].join('\n');
}
