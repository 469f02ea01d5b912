import { died } from '../http/pve-error';
import type { Call } from '../http/router';
import type { Sim } from '../sim';

const BAD_TOKEN = 'invalid lock token provided! at /usr/share/perl5/PVE/Network/SDN.pm line 291.';

/** Fails while somebody else holds the configuration. */
export function requireSdnLock(call: Call, sim: Sim, what: string): void {
  const held = sim.sdn.lockToken;
  if (held !== undefined && call.params['lock-token'] !== held) throw died(`${what}: ${BAD_TOKEN}`);
}

/**
 * Commits at once, then reloads the network of every host in a task; of two applies the second call waits. A host that
 * cannot is a line of the log, and the task says OK.
 */
export async function applySdn(call: Call, sim: Sim): Promise<string> {
  requireSdnLock(call, sim, 'could not commit SDN config');
  const release = await sim.locks.acquire('sdn', {
    patienceMs: sim.time.scaled(sim.profile.lockTimeout),
    timedOut: () => died("cfs-lock 'domain-sdn' error: got lock request timeout"),
  });
  const committed = sim.time.wait(sim.profile.sdnApply / 2).catch(() => undefined);
  void committed.then(release);
  const { caller, params } = call;
  if (params['release-lock'] === 1) sim.sdn.lockToken = undefined;
  return sim.tasks.start({
    operation: 'sdn.apply',
    node: call.host,
    type: 'reloadnetworkall',
    id: '',
    caller,
    vmIds: [],
    body: async (run) => {
      for (const host of sim.cluster.hosts.keys()) run.log(`${host}: reloading network config`);
      await run.wait(sim.profile.sdnApply);
      sim.sdn.commit();
      for (const { name, online } of sim.cluster.hosts.values()) {
        const failure = sim.faults.takeForHost({ operation: 'sdn.apply', vmIds: [], host: name });
        if (online && failure === undefined) sim.sdn.reload(name);
        else run.log(`error reloading network config on ${name}: ${failure ?? 'no route to host'}`);
      }
      sim.counters.add('sdnApplies');
    },
  });
}

export function lockSdn(call: Call, sim: Sim): string {
  requireSdnLock(call, sim, 'could not acquire lock for SDN config');
  sim.sdn.lockToken = sim.random.uuid();
  return sim.sdn.lockToken;
}

export function unlockSdn(call: Call, sim: Sim): null {
  if (call.params['force'] !== 1) requireSdnLock(call, sim, 'could not release lock for SDN config');
  sim.sdn.lockToken = undefined;
  return null;
}

export function rollbackSdn(call: Call, sim: Sim): null {
  requireSdnLock(call, sim, 'could not rollback SDN config');
  sim.sdn.rollback();
  if (call.params['release-lock'] === 1) sim.sdn.lockToken = undefined;
  return null;
}
