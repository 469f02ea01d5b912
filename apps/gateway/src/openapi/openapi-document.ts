import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ERRORS } from '@orion/domain';

import { PROBLEM_MEDIA_TYPE } from '../http/problem';
import { SCHEMAS } from './answers';

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457. Further members are the facts behind the error.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'retry'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    retry: { type: 'string', enum: ['never', 'later', 'backoff'] },
    traceId: { type: 'string' },
    problems: { type: 'array', items: { type: 'object' } },
  },
};

/** Describes every route, once: those under `/v1` are the same ones, which the second server says. */
export function openApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Orion Range')
    .setDescription('Cyber ranges from blueprint to running VMs.')
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addServer('/v1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, `orn_<id>_<secret>`.' }, 'apiKey')
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  const paths = Object.entries(document.paths).filter(([path]) => !/^\/v1(\/|$)/.test(path));
  for (const [, item] of paths) {
    for (const operation of Object.values(item as Record<string, unknown>).filter(isOperation)) {
      operation.responses['default'] = { $ref: '#/components/responses/Problem' };
    }
  }
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: {
      ...document.components,
      schemas: {
        ...document.components?.schemas,
        ...(Object.fromEntries(SCHEMAS) as object),
        Problem: PROBLEM,
      },
      responses: {
        Problem: {
          description: 'What went wrong, with a stable code.',
          content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function operationId(controller: string, method: string, version?: string): string {
  const area = controller.replace(/Controller$/, '');
  const id = `${area.charAt(0).toLowerCase()}${area.slice(1)}.${method}`;
  return version === undefined ? id : `${id}.v${version}`;
}

function isOperation(value: unknown): value is { responses: Record<string, unknown> } {
  return typeof value === 'object' && value !== null && 'responses' in value;
}
