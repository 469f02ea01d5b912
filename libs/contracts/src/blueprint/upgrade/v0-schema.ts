import { Type } from '@sinclair/typebox';
import { LIMITS } from '@orion/domain';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.String({ minLength: 1, maxLength: 253, description });

const V0MachineSchema = Type.Object(
  {
    name: text('Name of the machine.'),
    template: text('Name of the template.'),
    net: Type.Optional(text('Name of the network that the machine hangs on. Absent: none.')),
    ip: Type.Optional(text('IPv4 address in that network.')),
    cpus: Type.Optional(Type.Integer({ description: 'Virtual CPUs.' })),
    memory: Type.Optional(Type.Integer({ description: 'Memory in MiB.' })),
  },
  closed,
);

/** Schema version 0: a flat list of machines with one interface each. Read, never written. */
export const V0BlueprintSchema = Type.Object(
  {
    version: Type.Unsafe<0>({ type: 'integer', const: 0 }),
    name: text('Name of the blueprint.'),
    networks: Type.Optional(Type.Record(Type.String(), text('IPv4 CIDR of the network of that name.'))),
    vms: Type.Array(V0MachineSchema, { minItems: 1, maxItems: LIMITS.nodes }),
  },
  closed,
);
