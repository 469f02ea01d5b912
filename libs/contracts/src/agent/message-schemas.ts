import { ERROR_CLASSES } from '@orion/domain';
import { Type, type TSchema } from '@sinclair/typebox';
import type { BusPattern } from './bus-messages';
import { ownershipMarkSchema } from './payload-schemas';

const id = Type.String({ minLength: 1, maxLength: 256 });
const timestamp = Type.String({ format: 'date-time' });
const count = Type.Integer({ minimum: 0 });
const generation = Type.Integer({ minimum: 0 });
const sequence = Type.Integer({ minimum: 1 });
const traceparent = Type.Optional(Type.String({ maxLength: 128 }));
const facts = Type.Record(Type.String(), Type.Unknown());
const oneOf = <T extends string>(values: readonly T[]): TSchema =>
  Type.Union(values.map((value) => Type.Literal(value)));

export const stepOutcomeSchema = Type.Union([
  Type.Object({ status: Type.Literal('succeeded'), result: facts }),
  Type.Object({
    status: Type.Literal('failed'),
    // Any code: a newer release may know more of them.
    error: Type.Object({ code: id, class: oneOf(ERROR_CLASSES), detail: Type.String(), facts: Type.Optional(facts) }),
  }),
  Type.Object({ status: Type.Literal('cancelled') }),
]);

const refused = Type.Object({ status: Type.Literal('refused'), code: id, detail: Type.String() });
const cancellations = Type.Array(Type.Object({ commandId: id, target: id, sequence }));
const agent = { siteId: id, bootId: id, agentVersion: id, commandKinds: Type.Array(id) };

const vm = Type.Object({
  vmId: count,
  host: id,
  name: Type.String(),
  state: oneOf(['running', 'stopped', 'paused', 'unknown']),
  template: Type.Boolean(),
  lock: Type.Optional(Type.String()),
  mark: Type.Optional(ownershipMarkSchema),
  memoryMiB: Type.Number({ minimum: 0 }),
  nics: Type.Array(Type.Object({ bridge: Type.String(), vlanTag: Type.Optional(count) })),
});
const host = Type.Object({
  name: id,
  online: Type.Boolean(),
  cpus: Type.Number(),
  memoryMiB: Type.Number(),
  memoryFreeMiB: Type.Number(),
});
const storage = Type.Object({
  name: id,
  shared: Type.Boolean(),
  hosts: Type.Array(id),
  totalGiB: Type.Number(),
  freeGiB: Type.Number(),
  snapshots: Type.Boolean(),
  linkedClones: Type.Boolean(),
  newestOnly: Type.Optional(Type.Boolean()),
});

const sdn = Type.Object({
  zones: Type.Array(Type.Object({ name: id, type: id })),
  vnets: Type.Array(
    Type.Object({
      name: id,
      zone: id,
      tag: Type.Optional(count),
      mark: Type.Optional(Type.Object({ installation: id, rangeId: id, network: id })),
    }),
  ),
});

/** A payload is checked apart, by its kind and version: an unknown kind is no malformed message. */
const command = Type.Object({
  commandId: id,
  siteId: id,
  generation,
  target: Type.String({ pattern: '^(vm:\\d+|net:.+|site:.+)$', maxLength: 256 }),
  sequence,
  kind: id,
  version: Type.Integer({ minimum: 1 }),
  attempt: Type.Integer({ minimum: 1 }),
  expiresAt: timestamp,
  timeoutMs: Type.Integer({ minimum: 1 }),
  mark: Type.Optional(ownershipMarkSchema),
  tenantId: id,
  jobId: id,
  stepId: id,
  rangeId: Type.Optional(id),
  traceparent,
  payload: facts,
});

const event = Type.Object({
  siteId: id,
  generation,
  bootId: id,
  commandId: id,
  number: Type.Integer({ minimum: 1 }),
  at: timestamp,
  fact: Type.Union([
    Type.Object({ type: Type.Literal('started') }),
    Type.Object({ type: Type.Literal('task'), handle: id }),
    Type.Object({
      type: Type.Literal('ended'),
      outcome: stepOutcomeSchema,
      tookMs: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
  ]),
  traceparent,
});

/** The form of every request and reply of the bus. Unknown fields are let through. */
export const MESSAGE_SCHEMAS: Readonly<Record<BusPattern, { readonly request: TSchema; readonly reply: TSchema }>> = {
  'agent.command': {
    request: command,
    reply: Type.Union([
      Type.Object({ status: Type.Literal('accepted') }),
      Type.Object({ status: Type.Literal('known'), outcome: Type.Optional(stepOutcomeSchema) }),
      refused,
    ]),
  },
  'agent.cancel': {
    request: Type.Object({ siteId: id, generation, cancellations }),
    reply: Type.Object({ received: count }),
  },
  'orchestrator.register': {
    request: Type.Object({
      ...agent,
      adapter: id,
      journalBlank: Type.Boolean(),
      journalId: id,
      replaces: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    reply: Type.Union([
      Type.Object({
        status: Type.Literal('registered'),
        generation,
        installation: id,
        actAfterMs: Type.Number({ minimum: 0 }),
      }),
      Type.Object({ ...refused.properties, generation: Type.Optional(generation) }),
    ]),
  },
  'orchestrator.sequences': {
    request: Type.Object({ siteId: id, generation, after: Type.Optional(Type.String()) }),
    reply: Type.Object({
      sequences: Type.Array(Type.Object({ target: id, sequence: Type.Integer({ minimum: 0 }) })),
      complete: Type.Boolean(),
    }),
  },
  'orchestrator.heartbeat': {
    request: Type.Object({
      ...agent,
      generation,
      running: Type.Array(Type.Object({ commandId: id, handle: Type.Optional(id) })),
      freeSlots: count,
      hypervisorAnsweredAt: Type.Optional(timestamp),
      hypervisorVersion: Type.Optional(Type.String()),
    }),
    reply: Type.Object({ generation, registered: Type.Boolean(), cancellations }),
  },
  'orchestrator.event': { request: event, reply: Type.Object({ recorded: Type.Boolean() }) },
  'orchestrator.inventory': {
    request: Type.Object({
      siteId: id,
      generation,
      inventoryId: id,
      takenAt: timestamp,
      page: count,
      pages: Type.Integer({ minimum: 1 }),
      hosts: Type.Array(host),
      storages: Type.Array(storage),
      vms: Type.Array(vm),
      sdn: Type.Optional(sdn),
    }),
    reply: Type.Object({ received: Type.Boolean() }),
  },
};
