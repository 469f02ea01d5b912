import {
  CHANGE_EFFECTS,
  EGRESS,
  ERRORS,
  FORECAST_WARNINGS,
  type DomainError,
  type ErrorCode,
  type Forecast,
  type ForecastWarning,
  type ForecastWarningCode,
  type NodeReset,
  type RevisionDifferences,
} from '@orion/domain';
import { Type } from '@sinclair/typebox';

import { Id, named, Nullable, OneOf } from '../openapi/answers';

export const PLAN_KINDS = ['range.deploy', 'range.reset', 'range.apply'] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

const Amount = Type.Object({ needed: Type.Integer(), free: Type.Integer() });
const Changes = Type.Array(
  Type.Object({ field: Type.String(), from: Type.Optional(Type.Unknown()), to: Type.Optional(Type.Unknown()) }),
);
const warningCodes = Object.keys(FORECAST_WARNINGS) as ForecastWarningCode[];

export const RangePlanView = named(
  'RangePlan',
  Type.Object({
    kind: OneOf(PLAN_KINDS),
    possible: Type.Boolean({ description: 'True when there is no reason against it.' }),
    site: Type.Object({
      id: Id(),
      name: Type.String(),
      inventoryAgeMs: Nullable(Type.Integer(), 'How old the picture is that the plan rests on.'),
    }),
    reasons: Type.Array(
      Type.Object({
        code: Type.String({ description: 'As the job, or the request for it, would fail with.' }),
        title: Type.String(),
        retry: OneOf(['never', 'later', 'backoff'] as const),
        detail: Type.String(),
        facts: Type.Record(Type.String(), Type.Unknown()),
      }),
      { description: 'Everything that keeps the job from succeeding, in the order in which it would be found.' },
    ),
    warnings: Type.Array(Type.Object({ code: OneOf(warningCodes), title: Type.String(), detail: Type.String() })),
    steps: Type.Integer({ description: 'Steps that the job would have.' }),
    estimatedSeconds: Nullable(
      Type.Integer(),
      'With the slots of the site to itself, from what steps took there lately; null when it cannot be done.',
    ),
    deploy: Type.Optional(
      Type.Object({
        nodes: Type.Array(
          Type.Object({
            name: Type.String(),
            host: Type.String(),
            storage: Type.String(),
            template: Type.String(),
            templateVmId: Type.Integer(),
            templateHost: Type.String(),
            cloneMode: OneOf(['linked', 'full'] as const),
            cpus: Type.Integer(),
            memoryMiB: Type.Integer(),
            diskGiB: Type.Integer({
              description: 'Space that is reckoned with; of a linked clone a part of its disk.',
            }),
            interfaces: Type.Array(Type.Object({ network: Type.String(), address: Type.String() })),
          }),
          { description: 'Nodes that have a place.' },
        ),
        networks: Type.Array(
          Type.Object({
            name: Type.String(),
            cidr: Type.String(),
            gateway: Nullable(Type.String()),
            egress: OneOf(EGRESS),
            mode: OneOf(['vlan', 'sdn'] as const),
            bridge: Nullable(Type.String()),
          }),
        ),
        needs: Type.Object({
          vmIds: Amount,
          networks: Amount,
          hosts: Type.Array(
            Type.Object({
              host: Type.String(),
              nodes: Type.Integer(),
              memoryMiB: Amount,
              cpus: Type.Object({ needed: Type.Integer(), ofHost: Type.Integer() }),
            }),
          ),
          storages: Type.Array(
            Type.Object({
              storage: Type.String(),
              host: Nullable(Type.String(), 'Null: shared by hosts.'),
              nodes: Type.Integer(),
              diskGiB: Amount,
            }),
          ),
        }),
      }),
    ),
    changes: Type.Optional(
      Type.Object({
        nodes: Type.Object({
          added: Type.Array(Type.String()),
          removed: Type.Array(Type.String()),
          changed: Type.Array(
            Type.Object({
              name: Type.String(),
              effect: OneOf(
                CHANGE_EFFECTS,
                'settings: the VM stays as it is. restart: it is configured anew. rebuild: it is made anew from its template.',
              ),
              changes: Changes,
            }),
          ),
        }),
        networks: Type.Object({
          added: Type.Array(Type.String()),
          removed: Type.Array(Type.String()),
          changed: Type.Array(Type.Object({ name: Type.String(), changes: Changes })),
        }),
      }),
    ),
    reset: Type.Optional(
      Type.Object({
        baseline: Type.String(),
        mode: OneOf(['disk', 'memory'] as const),
        nodes: Type.Array(
          Type.Object({
            name: Type.String(),
            host: Type.String(),
            storage: Type.String(),
            power: OneOf(['running', 'stopped'] as const),
            probes: Type.Array(Type.String()),
          }),
        ),
      }),
    ),
  }),
);

export interface ReasonView {
  readonly code: ErrorCode;
  readonly title: string;
  readonly retry: string;
  readonly detail: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface RangePlanView {
  readonly kind: PlanKind;
  readonly possible: boolean;
  readonly site: { readonly id: string; readonly name: string; readonly inventoryAgeMs: number | null };
  readonly reasons: readonly ReasonView[];
  readonly warnings: readonly (ForecastWarning & { readonly title: string })[];
  readonly steps: number;
  readonly estimatedSeconds: number | null;
  readonly deploy?: Pick<Forecast, 'nodes' | 'networks' | 'needs'>;
  readonly changes?: RevisionDifferences;
  readonly reset?: {
    readonly baseline: string;
    readonly mode: 'disk' | 'memory';
    readonly nodes: readonly NodeReset[];
  };
}

export function reasonView({ code, detail, facts }: Omit<ReasonView, 'title' | 'retry'>): ReasonView {
  const { title, retry } = ERRORS[code];
  return { code, title, retry, detail, facts };
}

export function reasonOf({ code, message: detail, facts }: DomainError): ReasonView {
  return reasonView({ code, detail, facts });
}
