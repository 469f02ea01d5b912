import { setTimeout as delay } from 'node:timers/promises';
import type { Arena, Fault } from './faults';
import { LINKS, SERVICES } from './rig';

/** Lets the faults strike in their order and at their times; returns when the last one is mended. */
export async function strikeFaults(
  arena: Arena,
  faults: readonly Fault[],
  tell: (what: string) => void,
): Promise<void> {
  const ofSubject = new Map<string, Promise<void>>();
  for (const [index, fault] of faults.entries()) {
    await delay(fault.afterMs);
    const before = ofSubject.get(fault.subject) ?? Promise.resolve();
    const strike = before.then(async () => {
      tell(`fault ${index + 1}: ${fault.what}`);
      await fault.strike(arena).catch((error: unknown) => tell(`fault ${index + 1} went wrong: ${String(error)}`));
      if (fault.breatherMs !== undefined) await delay(fault.breatherMs);
    });
    ofSubject.set(fault.subject, strike);
  }
  // The breather after a last fault is no fault any more, but short.
  await Promise.all(ofSubject.values());
}

/** Ends every fault and waits until every service works again. */
export async function heal({ rig, operator }: Arena): Promise<void> {
  for (const name of LINKS) rig.links[name].heal();
  await rig.simulator.request('DELETE', '/faults');
  await rig.simulator.request('DELETE', '/holds');
  await Promise.all(SERVICES.map((name) => rig.services[name].ready()));
  await operator.clearStaleLocks();
}
