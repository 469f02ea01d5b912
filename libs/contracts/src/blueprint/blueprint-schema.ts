import { Type, type Static, type TString } from '@sinclair/typebox';
import { CLONE_MODES, DEFAULTS, EGRESS, LIMITS, OPERATING_SYSTEMS } from '@orion/domain';
import { TEXT_PATTERNS } from './text-patterns';

const closed = { additionalProperties: false } as const;

function text(form: keyof typeof TEXT_PATTERNS, maxLength: number, description: string, minLength = 1): TString {
  return Type.String({ pattern: TEXT_PATTERNS[form].pattern, minLength, maxLength, description });
}

function choice<const T extends readonly string[]>(values: T, initial: T[number], description: string) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], default: initial, description });
}

const name = (of: string): TString =>
  text('dnsLabel', LIMITS.nameLength, `Name of the ${of}: a DNS label, unique without regard to case.`);

const about = (of: string) =>
  Type.Optional(text('prose', 2000, `What the ${of} is for, in words. Shown to people, read by nothing else.`, 0));

const labels = (of: string) =>
  Type.Optional(
    Type.Record(Type.String(), text('labelValue', 63, 'Value of the label; may be empty.', 0), {
      propertyNames: { type: 'string', pattern: TEXT_PATTERNS.labelKey.pattern, maxLength: 63 },
      maxProperties: LIMITS.labelsPerNode,
      description: `Free key and value pairs that say what the ${of} is, for filters and scenarios.`,
    }),
  );

const NetworkSchema = Type.Object(
  {
    name: name('network'),
    description: about('network'),
    cidr: Type.String({
      maxLength: 64,
      description: 'IPv4 range in CIDR form with its host bits clear, /8 to /30. Must not overlap another network.',
      examples: ['10.20.0.0/24'],
    }),
    gateway: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'Address of the default gateway. With egress none exactly one node has it; otherwise it is the site’s and ' +
          'defaults to the first address of the network.',
        examples: ['10.20.0.1'],
      }),
    ),
    egress: Type.Optional(
      choice(EGRESS, DEFAULTS.egress, 'How the network reaches the outside: not at all, by NAT, or to listed targets.'),
    ),
  },
  { ...closed, description: 'A virtual network of the range, separate from every other.' },
);

const ResourcesSchema = Type.Object(
  {
    cpus: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 128, description: 'Virtual CPUs. Default 1; 2 for Windows.' }),
    ),
    memoryMiB: Type.Optional(
      Type.Integer({ minimum: 64, maximum: 1_048_576, description: 'Memory in MiB. Default 1024; 4096 for Windows.' }),
    ),
    diskGiB: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 16_384,
        description: 'Size of the first disk in GiB, at least the template’s. Default: the template’s.',
      }),
    ),
  },
  { ...closed, description: 'What the hypervisor gives the node.' },
);

const InterfaceSchema = Type.Object(
  {
    network: Type.String({ minLength: 1, maxLength: 253, description: 'Name of the network that it hangs on.' }),
    address: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'IPv4 address without a prefix. Absent: the lowest free one is assigned. Not with a count above 1.',
        examples: ['10.20.0.10'],
      }),
    ),
    mac: Type.Optional(text('mac', 17, 'MAC address. Absent: chosen at the deploy. Not with a count above 1.')),
  },
  { ...closed, description: 'A network interface.' },
);

const ReadinessSchema = Type.Object(
  {
    guestAgent: Type.Optional(
      Type.Boolean({
        default: DEFAULTS.readiness.guestAgent,
        description: 'True: the node is ready when its guest agent answers. False: as soon as the VM runs.',
      }),
    ),
    timeoutSeconds: Type.Optional(
      Type.Integer({
        minimum: 5,
        maximum: 7200,
        default: DEFAULTS.readiness.timeoutSeconds,
        description: 'After this many seconds without readiness the deploy of the node fails.',
      }),
    ),
  },
  { ...closed, description: 'When the node counts as ready, so that nodes that depend on it may start.' },
);

const ExecProbeSchema = Type.Object(
  {
    command: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: LIMITS.commandPartLength,
        description: 'Path of the program, then one argument each. No shell is between.',
      }),
      {
        minItems: 1,
        maxItems: LIMITS.commandParts,
        description: 'Command to run in the guest.',
        examples: [['systemctl', 'is-active', 'nginx']],
      },
    ),
    exitCode: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 255,
        default: DEFAULTS.probe.exitCode,
        description: 'Code that the command must exit with.',
      }),
    ),
    output: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: LIMITS.outputPatternLength,
        description:
          'Regular expression (ECMAScript, Unicode mode, ^ and $ match at lines) that must be found in what the ' +
          'command prints. Absent: any output.',
        examples: ['^active$'],
      }),
    ),
  },
  { ...closed, description: 'A command in the guest. The node needs readiness.guestAgent: true.' },
);

const TcpProbeSchema = Type.Object(
  {
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'TCP port of this node.' }),
    from: Type.String({
      minLength: 1,
      maxLength: 253,
      description: 'Node that connects: one node, or one of a group (ws-1). It needs readiness.guestAgent: true.',
    }),
  },
  { ...closed, description: 'A port of the node that must take a connection from another node of the range.' },
);

const ProbeSchema = Type.Object(
  {
    name: text('dnsLabel', LIMITS.nameLength, 'Name of the probe: a DNS label, unique on the node.'),
    timeoutSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 60,
        default: DEFAULTS.probe.timeoutSeconds,
        description: 'The probe is tried again until it succeeds, or this many seconds are over.',
      }),
    ),
    exec: Type.Optional(ExecProbeSchema),
    tcp: Type.Optional(TcpProbeSchema),
  },
  { ...closed, description: 'What must work on the node: exactly one of exec and tcp.' },
);

const CloudInitSchema = Type.Object(
  {
    user: Type.Optional(text('user', 32, 'User that the keys are installed for. Default: the template’s.')),
    sshKeys: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 8192, description: 'One public key as in a .pub file.' }), {
        maxItems: LIMITS.sshKeysPerNode,
        description: 'Public SSH keys that may log in.',
      }),
    ),
  },
  { ...closed, description: 'First-boot settings of a cloud image. Passwords are not accepted in a blueprint.' },
);

const NodeSchema = Type.Object(
  {
    name: name('node, or of the group when count is given'),
    description: about('node'),
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.nodes,
        description: 'Makes this many alike nodes, named <name>-1 to <name>-<count>. Absent: one node of that name.',
      }),
    ),
    template: text('template', 128, 'Name of a template in the catalogue of the site.'),
    os: Type.Optional(
      choice(
        OPERATING_SYSTEMS,
        DEFAULTS.os,
        'Operating system; decides which names are valid and the default resources.',
      ),
    ),
    labels: labels('node'),
    resources: Type.Optional(ResourcesSchema),
    interfaces: Type.Optional(
      Type.Array(InterfaceSchema, {
        maxItems: LIMITS.interfacesPerNode,
        description: 'Network interfaces in the order of the VM’s devices. Needed unless isolated is true.',
      }),
    ),
    dependsOn: Type.Optional(
      Type.Array(
        Type.String({ minLength: 1, maxLength: 253, description: 'Name of a node, a group, or one of a group.' }),
        {
          maxItems: LIMITS.dependenciesPerNode,
          description: 'Nodes that must be ready before this one starts. The name of a group means all of its nodes.',
        },
      ),
    ),
    readiness: Type.Optional(ReadinessSchema),
    isolated: Type.Optional(
      Type.Boolean({ default: DEFAULTS.isolated, description: 'True: the node has no interface, on purpose.' }),
    ),
    cloneMode: Type.Optional(
      choice(CLONE_MODES, DEFAULTS.cloneMode, 'linked shares the template’s disk and takes seconds; full copies it.'),
    ),
    cloudInit: Type.Optional(CloudInitSchema),
    probes: Type.Optional(
      Type.Array(ProbeSchema, {
        maxItems: LIMITS.probesPerNode,
        description: 'What is tried on the node after a reset, to prove that it works as it should.',
      }),
    ),
  },
  { ...closed, description: 'A virtual machine, or a group of alike ones.' },
);

/** Schema version 1: the one source of the type, of the published JSON Schema and of the validator. */
export const BlueprintSchema = Type.Object(
  {
    schemaVersion: Type.Unsafe<1>({ type: 'integer', const: 1, description: 'Version of this schema.' }),
    name: name('blueprint'),
    description: about('range'),
    labels: labels('range'),
    networks: Type.Optional(
      Type.Array(NetworkSchema, { maxItems: LIMITS.networks, description: 'The networks of the range.' }),
    ),
    nodes: Type.Array(NodeSchema, {
      minItems: 1,
      maxItems: LIMITS.nodes,
      description: `The machines of the range; at most ${LIMITS.nodes} once groups are expanded.`,
    }),
  },
  { ...closed },
);

/** A blueprint as people write it, in schema version 1. */
export type Blueprint = Static<typeof BlueprintSchema>;

/** The published form of the schema: JSON Schema 2020-12. */
export const BLUEPRINT_SCHEMA_V1: Readonly<Record<string, unknown>> = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Orion Range blueprint, schema version 1',
  description: 'Virtual networks and machines of a cyber range.',
  ...(JSON.parse(JSON.stringify(BlueprintSchema)) as Record<string, unknown>),
};
