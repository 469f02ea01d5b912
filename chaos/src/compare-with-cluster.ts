import { RestError, type RestClient } from '@orion/rest-client';
import type { Ledger } from './ledger';
import { ownerOf, type JobReading, type RangeReading, type VmReading } from './readings';

/** What the second revision of each blueprint makes of the first node's memory, and has beside what the first one has. */
export const CHANGED_MIB = 96;
export const EXTRA_NODE = 'extra';

export interface Comparison {
  readonly job: JobReading;
  readonly range: RangeReading;
  readonly simulator: RestClient;
  readonly ledger: Ledger;
  /** False once something other than our jobs may have switched VMs off. */
  powerIsOurs(): boolean;
}

/** Asks the cluster whether what a job that has just ended says of its range is true. Nobody else changes the range. */
export async function compareWithCluster(comparison: Comparison): Promise<void> {
  const { job, range } = comparison;
  if (range.state === 'destroyed') return expectGone(comparison);
  if (job.kind === 'range.apply' && (range.state === 'ready' || range.state === 'stopped'))
    return expectRevision(comparison);
  if (job.state !== 'succeeded') return;
  switch (job.kind) {
    case 'range.deploy':
    case 'range.start':
      return expectNodes(comparison, 'running');
    case 'range.stop':
      return expectNodes(comparison, 'stopped');
    case 'node.snapshot':
      return expectSnapshot(comparison);
    case 'baseline.create':
      return expectDescent(comparison, `orion-${String(job.params['name'])}`);
    case 'range.reset':
      return expectDescent(comparison, `orion-${String(job.params['baseline'])}`);
    default:
      return;
  }
}

async function expectNodes({ job, range, simulator, ledger, powerIsOurs }: Comparison, status: string): Promise<void> {
  for (const { name, vmId } of range.nodes) {
    const vm = await vmAt(simulator, vmId);
    const owner = vm && ownerOf(vm);
    const about = { jobId: job.id, rangeId: range.id };
    if (vm === undefined || owner?.rangeId !== range.id || owner.node !== name) {
      ledger.complain({ count: 'lost', what: `${job.kind} succeeded, but node ${name} is not VM ${vmId}`, ...about });
    } else if (vm.status !== status && powerIsOurs()) {
      const what = `${job.kind} succeeded, but VM ${vmId} (${name}) is ${vm.status}`;
      ledger.complain({ count: 'lost', what, ...about });
    }
  }
}

/** The range is whole at one revision, whichever that is: no VM of the other one is left, and none is missing. */
async function expectRevision({ job, range, simulator, ledger, powerIsOurs }: Comparison): Promise<void> {
  const about = { jobId: job.id, rangeId: range.id };
  const complain = (what: string): void =>
    ledger.complain({ count: 'lost', what: `${job.kind} ${job.state}, but ${what}`, ...about });
  const wanted = job.state === 'succeeded' ? 'revision' : 'from';
  if (range.revision !== job.params[wanted]) complain(`the range is at revision ${range.revision}`);
  const vms = (await simulator.get<readonly VmReading[]>('/vms')).filter((vm) => ownerOf(vm)?.rangeId === range.id);
  const rows = new Map(range.nodes.map(({ vmId, ...node }) => [vmId, node]));
  for (const { vmid } of vms) if (!rows.has(vmid)) complain(`VM ${vmid} is left`);
  for (const [vmId, { name, state }] of rows) {
    const vm = vms.find(({ vmid }) => vmid === vmId);
    if (vm === undefined || ownerOf(vm)?.node !== name) complain(`node ${name} is not VM ${vmId}`);
    else if (vm.status !== state && powerIsOurs()) complain(`VM ${vmId} (${name}) is ${vm.status}`);
    if (vm?.snapshots.some((snapshot) => snapshot.name.startsWith('orion-apply-')))
      complain(`VM ${vmId} keeps a safety snapshot`);
  }
  const names = range.nodes.map(({ name }) => name);
  if (names.includes(EXTRA_NODE) !== (range.revision === 2)) complain(`its nodes are ${names.join(', ')}`);
  const first = vms.find((vm) => ownerOf(vm)?.node === 'first');
  const grown = String(first?.config['memory']) === String(CHANGED_MIB);
  const even = (names.length - (range.revision === 2 ? 1 : 0)) % 2 === 0;
  if (!even && grown !== (range.revision === 2)) complain(`the first node has ${String(first?.config['memory'])} MiB`);
}

async function expectSnapshot({ job, range, simulator, ledger }: Comparison): Promise<void> {
  const node = range.nodes.find(({ name }) => name === job.params['node']);
  const vm = node && (await vmAt(simulator, node.vmId));
  if (vm?.snapshots.some(({ name }) => name === job.params['name']) === true) return;
  const what = `the snapshot ${String(job.params['name'])} of ${String(job.params['node'])} is not there`;
  ledger.complain({ count: 'lost', what, jobId: job.id, rangeId: range.id });
}

/** Every VM descends from a baseline's snapshot and does what its row says. */
async function expectDescent(comparison: Comparison, snapshot: string): Promise<void> {
  const { job, range, simulator, ledger, powerIsOurs } = comparison;
  for (const { name, vmId, state } of range.nodes) {
    const vm = await vmAt(simulator, vmId);
    const about = { jobId: job.id, rangeId: range.id };
    if (vm?.config['parent'] !== snapshot) {
      const what = `${job.kind} succeeded, but VM ${vmId} (${name}) descends from ${String(vm?.config['parent'])}`;
      ledger.complain({ count: 'lost', what, ...about });
    } else if ((vm.status !== state || vm.paused) && powerIsOurs()) {
      const does = vm.paused ? 'paused' : vm.status;
      ledger.complain({ count: 'lost', what: `${job.kind} succeeded, but VM ${vmId} (${name}) is ${does}`, ...about });
    }
  }
}

async function expectGone({ job, range, simulator, ledger }: Comparison): Promise<void> {
  for (const { name, vmId } of range.nodes) {
    const vm = await vmAt(simulator, vmId);
    if (vm === undefined || ownerOf(vm)?.rangeId !== range.id) continue;
    const what = `the range is destroyed, but VM ${vmId} (${name}) is there`;
    ledger.complain({ count: 'orphans', what, jobId: job.id, rangeId: range.id });
  }
}

async function vmAt(simulator: RestClient, vmId: number): Promise<VmReading | undefined> {
  try {
    return await simulator.get<VmReading>(`/vms/${vmId}`);
  } catch (error) {
    if (error instanceof RestError && error.problem.status === 404) return undefined;
    throw error;
  }
}
