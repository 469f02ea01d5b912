import { setTimeout as delay } from 'node:timers/promises';
import { RestError, type RestClient } from '@orion/rest-client';
import type { Ledger } from './ledger';
import type { Operator } from './operator';
import { NoAnswerError, type PatientClient } from './patient-client';
import type { Random } from './random';
import { hasEnded, type JobReading, type RangeReading } from './readings';
import type { Tenant } from './rig';
import { compareWithCluster } from './compare-with-cluster';

export interface LifeClient {
  readonly tenant: Tenant;
  readonly patient: PatientClient;
  /** Of ranges with one node, two nodes, and so on. */
  readonly blueprintIds: readonly string[];
}

export interface LifeSurroundings {
  readonly siteId: string;
  readonly simulator: RestClient;
  readonly operator: Operator;
  readonly ledger: Ledger;
  phase(): 'work' | 'settle';
  isOver(): boolean;
}

const LOOK_EVERY_MS = 400;
const RETRIES = 2;

/**
 * One range from its deploy to its destruction, as its owner drives it: now and then a job is cancelled, a failed one retried.
 * After each job that succeeded, the cluster is asked whether it is true.
 */
export class RangeLife {
  private rangeId = '';
  private nodes = 0;
  /** Names of the baselines that were taken. */
  private readonly baselines: string[] = [];

  constructor(
    private readonly client: LifeClient,
    private readonly random: Random,
    private readonly around: LifeSurroundings,
  ) {}

  async live(): Promise<void> {
    try {
      await this.deploy();
      for (let changes = this.random.between(0, 3); changes > 0 && this.around.phase() === 'work'; changes -= 1) {
        if (!(await this.change())) break;
      }
      if (this.around.phase() === 'work') await this.destroy();
      else await this.wantWhatWasAsked();
    } catch (error) {
      // Out of time: the verdict finds what is left.
      if (!(error instanceof NoAnswerError)) throw error;
    }
  }

  private async deploy(): Promise<void> {
    const { blueprintIds, patient, tenant } = this.client;
    this.nodes = this.random.between(1, blueprintIds.length);
    const { job, range } = await patient.post<{ job: JobReading; range: RangeReading }>('/ranges', {
      name: `life-${Math.floor(this.random.next() * 2 ** 40).toString(36)}`,
      blueprintId: blueprintIds[this.nodes - 1],
      siteId: this.around.siteId,
      onFailure: this.random.one(['keep', 'rollback']),
    });
    this.rangeId = range.id;
    this.around.ledger.accept({ id: job.id, kind: job.kind, rangeId: range.id, tenant });
    await this.follow(job, this.random.chance(0.12));
  }

  /** False when the range cannot be changed any more. */
  private async change(): Promise<boolean> {
    const range = await this.range();
    const uncertain = range.state === 'degraded' || range.state === 'quarantined';
    if (uncertain && this.baselines.length > 0 && this.random.chance(0.5)) return this.reset();
    if (range.state !== 'ready' && range.state !== 'stopped') return false;
    if (this.baselines.length > 0 && this.random.chance(0.4)) return this.reset();
    const node = `vm-${this.random.between(1, Math.max(1, this.nodes - 1))}`;
    const ofNode = this.nodes > 1 ? node : 'first';
    const [path, body] = this.random.weighted<readonly [string, unknown]>([
      [3, [range.state === 'ready' ? 'stop' : 'start', undefined]],
      [3, [`nodes/${ofNode}/snapshots`, { name: `s${this.random.between(1, 1e9)}` }]],
      [2, ['baselines', { name: `b${this.random.between(1, 1e6)}`, mode: this.random.one(['disk', 'memory']) }]],
      [2, ['applies', { revision: range.revision === 1 ? 2 : 1 }]],
      [1, [`nodes/${ofNode}/stop`, undefined]],
      [1, [`nodes/${ofNode}/start`, undefined]],
    ]);
    await this.submit(`/ranges/${this.rangeId}/${path}`, body, this.random.chance(0.08));
    return true;
  }

  private async reset(): Promise<boolean> {
    const [first, ...more] = this.baselines;
    if (first === undefined) return false;
    const baseline = this.random.one([first, ...more]);
    await this.submit(`/ranges/${this.rangeId}/resets`, { baseline }, this.random.chance(0.08));
    return true;
  }

  private async destroy(): Promise<void> {
    while ((await this.range()).state !== 'destroyed') {
      await this.submit('/jobs', { kind: 'range.destroy', rangeId: this.rangeId });
    }
  }

  /** A restarted host leaves VMs off that were to run: whoever asked for them asks again. */
  private async wantWhatWasAsked(): Promise<void> {
    const range = await this.range();
    const off = range.nodes.some(({ state }) => state !== 'running');
    if ((range.state === 'ready' || range.state === 'stopped') && range.desiredState === 'running' && off)
      await this.submit(`/ranges/${this.rangeId}/start`);
  }

  private async submit(path: string, body?: unknown, cancel = false): Promise<void> {
    const { patient, tenant } = this.client;
    try {
      const { job } = await patient.post<{ job: JobReading }>(path, body);
      this.around.ledger.accept({ id: job.id, kind: job.kind, rangeId: this.rangeId, tenant });
      await this.follow(job, cancel);
    } catch (error) {
      // An inventory may have changed the state of the range since it was read.
      const passing = ['range.illegal_state', 'baseline.not_ready', 'baseline.missing'];
      if (!(error instanceof RestError) || !passing.includes(error.problem.code)) throw error;
      await delay(LOOK_EVERY_MS);
    }
  }

  /** Waits for the end of a job; a failed one is retried as often as its owner has patience, then left as it is. */
  private async follow(job: JobReading, cancel: boolean): Promise<void> {
    const restarts = this.around.operator.hostRestarts;
    if (cancel) {
      await delay(this.random.between(0, 2_000));
      await this.ask(`/jobs/${job.id}/cancel`);
    }
    let ended = await this.end(job.id);
    for (let retries = this.random.between(0, RETRIES); ended.state === 'failed' && retries > 0; retries -= 1) {
      if (!(await this.ask(`/jobs/${job.id}/retry`))) break;
      ended = await this.end(job.id);
    }
    this.around.ledger.ended(ended);
    const { name } = ended.params;
    if (ended.kind === 'baseline.create' && ended.state === 'succeeded') this.baselines.push(String(name));
    // They are of the range as it was.
    if (ended.kind === 'range.apply' && ended.state === 'succeeded') this.baselines.length = 0;
    const range = await this.range();
    const { simulator, operator, ledger } = this.around;
    const untouched = (): boolean => operator.hostRestarts === restarts;
    await compareWithCluster({ job: ended, range, simulator, ledger, powerIsOurs: untouched });
  }

  /** False when it was refused, because the job has ended or cannot go on. */
  private async ask(path: string): Promise<boolean> {
    try {
      await this.client.patient.post(path);
      return true;
    } catch (error) {
      if (error instanceof RestError && error.problem.status === 409) return false;
      throw error;
    }
  }

  private async end(jobId: string): Promise<JobReading> {
    for (;;) {
      const job = await this.client.patient.get<JobReading>(`/jobs/${jobId}`);
      if (hasEnded(job)) return job;
      if (this.around.isOver()) throw new NoAnswerError(`The job ${jobId} is still ${job.state}.`);
      await delay(LOOK_EVERY_MS);
    }
  }

  private range(): Promise<RangeReading> {
    return this.client.patient.get<RangeReading>(`/ranges/${this.rangeId}`);
  }
}
