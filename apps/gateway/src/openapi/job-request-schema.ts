import { JOB_KINDS, type JobKind } from '@orion/domain';
import type { ApiBodyOptions } from '@nestjs/swagger';

type SchemaObject = Extract<Extract<ApiBodyOptions, { schema: unknown }>['schema'], { type?: unknown }>;

const UUID = { type: 'string', format: 'uuid' } as const;
const NAME = { type: 'string' } as const;
const DEADLINE = { type: 'integer', minimum: 10, maximum: 604_800 } as const;

type Members = Readonly<Record<string, SchemaObject>>;

const RANGE: Members = { rangeId: UUID };
const NODE: Members = { rangeId: UUID, node: NAME };
const RETURN: Members = { baseline: NAME, queue: { type: 'boolean', default: false } };

/** What each kind takes beside `kind` and `deadlineSeconds`; what is optional stands apart. */
const MEMBERS: Readonly<Record<JobKind, { readonly required: Members; readonly optional?: Members }>> = {
  'range.deploy': {
    required: { name: NAME, blueprintId: UUID },
    optional: {
      revision: { type: 'integer', minimum: 1 },
      siteId: UUID,
      onFailure: { type: 'string', enum: ['keep', 'rollback'], default: 'keep' },
    },
  },
  'range.destroy': { required: RANGE },
  'range.start': { required: RANGE },
  'range.stop': { required: RANGE },
  'range.repair': { required: RANGE },
  'range.apply': { required: { ...RANGE, revision: { type: 'integer', minimum: 1 } } },
  'node.start': { required: NODE },
  'node.stop': { required: NODE },
  'node.snapshot': {
    required: { ...NODE, name: NAME },
    optional: { description: NAME, memory: { type: 'boolean', default: false } },
  },
  'baseline.create': {
    required: { ...RANGE, name: NAME },
    optional: { description: NAME, mode: { type: 'string', enum: ['disk', 'memory'], default: 'disk' } },
  },
  'baseline.delete': { required: { ...RANGE, name: NAME } },
  'range.reset': { required: RANGE, optional: RETURN },
  'node.reset': { required: NODE, optional: RETURN },
  'site.check': { required: { siteId: UUID }, optional: { templates: { type: 'string', enum: ['boot'] } } },
  'site.observe': { required: { siteId: UUID } },
};

/** The body of `POST /jobs`: one form for each kind. */
export function jobRequestSchema(): SchemaObject {
  return {
    oneOf: JOB_KINDS.map((kind) => {
      const { required, optional = {} } = MEMBERS[kind];
      return {
        title: kind,
        type: 'object',
        required: ['kind', ...Object.keys(required)],
        properties: { kind: { type: 'string', enum: [kind] }, ...required, ...optional, deadlineSeconds: DEADLINE },
        additionalProperties: false,
      };
    }),
  };
}
