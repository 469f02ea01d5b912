import { Type, type TSchema } from '@sinclair/typebox';
import type { CommandKind } from './payloads';

/** Unknown fields are let through everywhere: a newer release may add some without raising a version. */
const name = Type.String({ minLength: 1, maxLength: 256 });
const vmId = Type.Integer({ minimum: 1, maximum: 999_999_999 });
const vlanTag = Type.Integer({ minimum: 1, maximum: 4094 });
const networkTarget = {
  name,
  bridge: name,
  vlanTag: Type.Integer({ minimum: 1, maximum: 16_777_215 }),
  sdn: Type.Optional(Type.Object({ zone: name, rangeId: name })),
};
const vmTarget = { vmId, host: name };

const nic = Type.Object({
  network: name,
  bridge: name,
  vlanTag: Type.Optional(vlanTag),
  mac: Type.String({ pattern: '^[0-9A-F]{2}(:[0-9A-F]{2}){5}$' }),
  address: name,
  gateway: Type.Optional(name),
});

const guestOs = Type.Union([Type.Literal('linux'), Type.Literal('windows'), Type.Literal('other')]);
const probe = Type.Union([
  Type.Object({
    type: Type.Literal('exec'),
    name,
    timeoutMs: Type.Integer({ minimum: 1 }),
    command: Type.Array(Type.String(), { minItems: 1, maxItems: 64 }),
    exitCode: Type.Integer({ minimum: 0, maximum: 255 }),
    output: Type.Optional(Type.String({ maxLength: 1_000 })),
  }),
  Type.Object({
    type: Type.Literal('tcp'),
    name,
    timeoutMs: Type.Integer({ minimum: 1 }),
    address: name,
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    from: Type.Object({ ...vmTarget, node: name, os: guestOs }),
  }),
]);

export const ownershipMarkSchema = Type.Object({ installation: name, tenantId: name, rangeId: name, node: name });

/** What each kind of command must carry, in the version that this release speaks. */
export const PAYLOAD_SCHEMAS: Readonly<Record<CommandKind, TSchema>> = {
  'network.ensure': Type.Object({ ...networkTarget, hosts: Type.Array(name) }),
  'network.remove': Type.Object(networkTarget),
  'vm.clone': Type.Object({
    ...vmTarget,
    name,
    templateVmId: vmId,
    templateHost: name,
    storage: name,
    mode: Type.Union([Type.Literal('linked'), Type.Literal('full')]),
    pool: Type.Optional(name),
  }),
  'vm.configure': Type.Object({
    ...vmTarget,
    name,
    cpus: Type.Integer({ minimum: 1 }),
    memoryMiB: Type.Integer({ minimum: 1 }),
    diskGiB: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    nics: Type.Array(nic, { maxItems: 32 }),
    description: Type.String(),
    cloudInit: Type.Optional(
      Type.Object({ user: Type.Optional(name), sshKeys: Type.Optional(Type.Array(Type.String())) }),
    ),
    guestAgent: Type.Boolean(),
  }),
  'vm.start': Type.Object(vmTarget),
  'vm.ready': Type.Object({ ...vmTarget, guestAgent: Type.Boolean(), template: Type.Optional(Type.String()) }),
  'vm.stop': Type.Object({ ...vmTarget, graceMs: Type.Integer({ minimum: 0 }) }),
  'vm.snapshot': Type.Object({ ...vmTarget, name, description: Type.String(), memory: Type.Boolean() }),
  'vm.unsnapshot': Type.Object({ ...vmTarget, name }),
  'vm.rollback': Type.Object({ ...vmTarget, name }),
  'vm.suspend': Type.Object(vmTarget),
  'vm.resume': Type.Object(vmTarget),
  'vm.clock': Type.Object({ ...vmTarget, os: guestOs, guestAgent: Type.Boolean() }),
  'vm.inspect': Type.Object({ ...vmTarget, guestAgent: Type.Boolean() }),
  'vm.probe': Type.Object({ ...vmTarget, os: guestOs, probes: Type.Array(probe, { maxItems: 64 }) }),
  'vm.destroy': Type.Object(vmTarget),
  'template.boot': Type.Object({
    ...vmTarget,
    name,
    templateVmId: vmId,
    templateHost: name,
    storage: name,
    mode: Type.Union([Type.Literal('linked'), Type.Literal('full')]),
    pool: Type.Optional(name),
    template: name,
    guestAgent: Type.Boolean(),
  }),
  'site.check': Type.Object({
    bridge: Type.Optional(name),
    sdn: Type.Optional(Type.Object({ zone: name, tagFirst: Type.Integer(), tagLast: Type.Integer() })),
    pool: Type.Optional(name),
    vmIdFirst: vmId,
    vmIdLast: vmId,
    templates: Type.Array(Type.Object({ name, vmId, host: name, storage: name })),
    allocatedVmIds: Type.Array(vmId),
  }),
  'site.observe': Type.Object({}),
};
