import type { Statements } from './database';
import type { Tables } from './tables';

/** Who serves the site, that it lives, and what it must know after losing its journal. */
export function agentStatements({ agent, command, sequence }: Tables): Statements {
  return {
    'agent-register': (view, [siteId, bootId, , , commandKinds, replaces]) => {
      const id = String(siteId);
      const before = view.get(agent, id);
      if (before !== undefined && replaces !== null && before.generation !== replaces)
        return before.bootId === bootId ? [{ generation: before.generation, actAfterMs: 0 }] : [];
      const generation = (before?.generation ?? 0) + 1;
      const row = { siteId: id, generation, bootId: String(bootId), commandKinds: commandKinds as readonly string[] };
      view.put(agent, id, { ...row, heartbeatAt: view.now });
      for (const { id: commandId, state } of view.all(command)) {
        if (state === 'acknowledged') view.update(command, commandId, { state: 'pending', sentAt: null });
      }
      // Leases count real time, which the model does not.
      return [{ generation, actAfterMs: 0 }];
    },
    'agent-hear': (view, [siteId, generation, bootId]) => {
      const row = view.get(agent, String(siteId));
      if (row === undefined) return [{ generation: 0, registered: false, cancellations: [] }];
      const registered = row.generation === generation && row.bootId === bootId;
      if (registered) view.put(agent, row.siteId, { ...row, heartbeatAt: view.now });
      const cancelling = view.all(command).filter(({ state }) => registered && state === 'cancelling');
      const cancellations = cancelling.map(({ id, target, cancelSequence }) => {
        return { commandId: id, target, sequence: cancelSequence };
      });
      return [{ generation: row.generation, registered, cancellations }];
    },
    'agent-sequences': (view, [siteId, generation]) => {
      if (view.get(agent, String(siteId))?.generation !== generation) return [];
      const open = new Set(
        view
          .all(command)
          .filter(({ state }) => state === 'pending' || state === 'acknowledged')
          .map((row) => `${row.target} ${row.sequence}`),
      );
      return view.all(sequence).map(({ target, last }) => {
        return { target, sequence: last - (open.has(`${target} ${last}`) ? 1 : 0) };
      });
    },
    'agent-silences': () => [],
    'agent-generation': (view, [siteId]) => [{ generation: view.get(agent, String(siteId))?.generation ?? 0 }],
  };
}
