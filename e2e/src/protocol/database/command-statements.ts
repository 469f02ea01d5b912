import type { CommandEnvelope } from '@orion/contracts';
import type { CommandToIssue, TenantTurn } from '@orion/persistence';
import type { Statements } from './database';
import type { CommandRow } from './rows';
import type { Tables, View } from './tables';

/** Choosing steps, issuing their commands with sequences, resending and fencing them. */
export function commandStatements(tables: Tables): Statements {
  const { job, step, command, agent, turn } = tables;
  const sendable = (view: View) =>
    view.all(step).filter((row) => row.state === 'ready' && (row.dueAt === null || row.dueAt <= view.now));

  return {
    'dispatch-lock-site': (view) => {
      view.lock('dispatch');
      return [];
    },
    'dispatch-picture': (view, [siteId]) => {
      const row = view.get(agent, String(siteId));
      if (row === undefined) return [];
      const inFlight = view.all(step).filter(({ state }) => state === 'dispatched' || state === 'running');
      return [
        {
          generation: row.generation,
          commandKinds: row.commandKinds,
          silentMs: view.now - row.heartbeatAt,
          ...{ hostSlots: 2, storageSlots: 2 },
          inFlight: inFlight.map(({ tenantId, host, storage }) => ({ tenantId, host, storage, count: 1 })),
          turns: view.all(turn),
        },
      ];
    },
    'dispatch-ready': (view) =>
      sendable(view).flatMap((row) => {
        const of = view.get(job, row.jobId);
        if (of?.state !== 'running' || of.phase !== row.phase) return [];
        if (of.cancelRequested && row.phase !== 'compensate') return [];
        return [{ ...row, jobCreatedAt: of.createdAt, traceparent: null }];
      }),
    'dispatch-issue': (view, [, json]) =>
      (JSON.parse(String(json)) as readonly CommandToIssue[]).flatMap((wanted) => {
        const { commandId, stepId, jobId, target, attempt } = wanted;
        const row = view.get(step, stepId);
        if (row?.state !== 'ready' || !view.takeRow(step, stepId)) return [];
        const sequence = raised(tables, view, target);
        const expiresAt = view.now + wanted.expiresInMs;
        const envelope = { ...wanted.envelope, sequence, expiresAt: new Date(expiresAt).toISOString() };
        const issued: CommandRow = {
          ...{ id: commandId, jobId, stepId, siteId: row.siteId, target, sequence, expiresAt },
          envelope: envelope as unknown as CommandEnvelope,
          ...{ state: 'pending', sentAt: view.now, acknowledged: false, cancelSequence: null, lastEventNumber: 0 },
          createdAt: view.now,
        };
        if (view.get(command, commandId) !== undefined) throw new Error(`The command ${commandId} was issued twice.`);
        view.put(command, commandId, issued);
        const sent = { state: 'dispatched', attempt, commandId, dispatchedAt: view.now, startedAt: null } as const;
        view.put(step, stepId, { ...row, ...sent, dueAt: null });
        return [{ commandId, stepId, sequence, expiresAt: new Date(expiresAt) }];
      }),
    'dispatch-take-turns': (view, [, json]) => {
      const given = new Map((JSON.parse(String(json)) as readonly TenantTurn[]).map((row) => [row.tenantId, row]));
      for (const { tenantId } of view.all(turn)) if (!given.has(tenantId)) view.put(turn, tenantId, undefined);
      for (const row of given.values()) view.put(turn, row.tenantId, row);
      return [];
    },
    'command-acknowledge': (view, [ids]) => {
      for (const id of ids as readonly string[]) {
        if (view.get(command, id)?.state === 'pending')
          view.update(command, id, { state: 'acknowledged', acknowledged: true });
      }
      return [];
    },
    'command-claim-unacknowledged': (view, [olderThanMs, , heardWithinMs]) =>
      view.all(command).flatMap((row) => {
        const serving = view.get(agent, row.siteId);
        const due = row.sentAt === null || row.sentAt < view.now - Number(olderThanMs);
        if (row.state !== 'pending' || !due || row.expiresAt <= view.now) return [];
        if (serving === undefined || serving.heartbeatAt <= view.now - Number(heardWithinMs)) return [];
        if (!view.takeRow(command, row.id)) return [];
        view.put(command, row.id, { ...row, sentAt: view.now });
        return [{ id: row.id, siteId: row.siteId, generation: serving.generation, envelope: row.envelope }];
      }),
    'command-claim-cancelling': (view, [olderThanMs]) =>
      view.all(command).flatMap((row) => {
        const due = (row.sentAt ?? Infinity) < view.now - Number(olderThanMs);
        if (row.state !== 'cancelling' || row.acknowledged || !due || !view.takeRow(command, row.id)) return [];
        view.put(command, row.id, { ...row, sentAt: view.now });
        return [cancellation(row, row.cancelSequence ?? 0)];
      }),
    'command-fence': (view, [stepIds]) => {
      const steps = new Set(stepIds as readonly string[]);
      const running = view.all(command).filter(({ stepId, state }) => {
        return steps.has(stepId) && (state === 'pending' || state === 'acknowledged');
      });
      const sequences = new Map<string, number>();
      for (const { target } of running) {
        if (!sequences.has(target)) sequences.set(target, raised(tables, view, target));
      }
      return running.map((row) => {
        const cancelSequence = sequences.get(row.target) ?? 0;
        view.put(command, row.id, { ...row, state: 'cancelling', cancelSequence });
        return cancellation(row, cancelSequence);
      });
    },
    'command-give-up': () => [],
    'sweep-sites-with-work': (view) => [...new Set(sendable(view).map(({ siteId }) => siteId))].map((id) => ({ id })),
    'sweep-next-due': () => [{ inMs: null }],
  };
}

function raised({ sequence }: Tables, view: View, target: string): number {
  const last = (view.get(sequence, target)?.last ?? 0) + 1;
  view.put(sequence, target, { target, last });
  return last;
}

function cancellation({ id, siteId, target, acknowledged }: CommandRow, sequence: number) {
  return { commandId: id, siteId, target, sequence, unacknowledged: !acknowledged };
}
