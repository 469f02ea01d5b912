import { BASELINE_MODES, BASELINE_STATES, type ManifestNode } from '@orion/domain';
import type { BaselineRow } from '@orion/persistence';
import { Type, type Static } from '@sinclair/typebox';

import { timeView } from '../jobs/job.view';
import { Id, named, Nullable, OneOf, Time } from '../openapi/answers';

const baseline = {
  id: Id(),
  name: Type.String(),
  description: Type.String(),
  mode: OneOf(BASELINE_MODES),
  state: OneOf(BASELINE_STATES, 'A range returns to a ready one only.'),
  current: Type.Boolean({ description: 'Whether resets return to it unless they name another.' }),
  snapshot: Type.String({ description: 'Name of the snapshot that each VM has of it.' }),
  digest: Nullable(Type.String(), 'SHA-256 over the manifest; a proven reset reports the same. Null until ready.'),
  jobId: Id('The job that makes, made or removes it.'),
  createdBy: Type.String(),
  createdAt: Time(),
  readyAt: Nullable(Time()),
};
export const BaselineView = named('Baseline', Type.Object(baseline));
export type BaselineView = Static<typeof BaselineView>;

export const BaselineDetailView = named(
  'BaselineDetail',
  Type.Object({
    ...baseline,
    manifest: Type.Array(
      Type.Object({
        node: Type.String(),
        vmId: Type.Integer(),
        template: Type.String(),
        host: Type.String({ description: 'Where it was; a reset does not ask for it.' }),
        snapshot: Nullable(Type.String()),
        lock: Nullable(Type.String()),
        power: Type.String(),
        config: Type.Record(Type.String(), Type.String()),
        configDigest: Type.String(),
        disks: Type.Array(Type.Object({ device: Type.String(), volume: Type.String(), sizeMiB: Type.Integer() })),
        nics: Type.Array(
          Type.Object({ mac: Type.String(), bridge: Type.String(), vlanTag: Type.Optional(Type.Integer()) }),
        ),
        addresses: Nullable(Type.Array(Type.String()), 'Expected addresses that the guest showed; null: not asked.'),
        guest: Nullable(
          Type.Object({ answers: Type.Boolean(), hostname: Nullable(Type.String()), os: Nullable(Type.String()) }),
        ),
      }),
      { description: 'What each node looked like, and must look like after a reset. Empty until ready.' },
    ),
  }),
);
export type BaselineDetailView = Static<typeof BaselineDetailView>;

export function baselineView(row: BaselineRow): BaselineView {
  return { ...row, createdAt: row.createdAt.toISOString(), readyAt: timeView(row.readyAt) };
}

export function baselineDetailView(row: BaselineRow, manifest: readonly ManifestNode[] | null): BaselineDetailView {
  return {
    ...baselineView(row),
    manifest: (manifest ?? []).map(({ config, disks, nics, addresses, ...node }) => ({
      ...node,
      config: { ...config },
      disks: [...disks],
      nics: [...nics],
      addresses: addresses === null ? null : [...addresses],
    })),
  };
}
