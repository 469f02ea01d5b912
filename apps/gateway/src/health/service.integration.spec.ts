import SwaggerParser from '@apidevtools/swagger-parser';

import { startGateway, TestClient, type TestGateway } from '../gateway.fixture';

let gateway: TestGateway;
let anybody: TestClient;
beforeAll(async () => {
  gateway = await startGateway();
  anybody = new TestClient(gateway.url);
});

test('health names each part with state and latency', async () => {
  const { status, body } = await anybody.get('/health');
  expect([status, body]).toEqual([
    200,
    {
      state: 'up',
      checks: {
        postgres: { state: 'up', latencyMs: expect.any(Number) },
        queue: { state: 'up', latencyMs: expect.any(Number) },
      },
      sites: {},
    },
  ]);
  expect((await anybody.get('/health/ready')).status).toBe(200);
  expect((await anybody.get('/health/live')).body).toEqual({ state: 'up' });
});

test('the version tells what runs and which documents it reads', async () => {
  const { body } = await anybody.get('/version');
  expect(body).toEqual({ version: '0.1.0', commit: expect.any(String), schemaVersions: { blueprint: [0, 1] } });
});

test('metrics count requests by route, and name no tenant', async () => {
  await gateway.admin.get('/me');
  const { body, headers } = await anybody.get<string>('/metrics');
  expect(headers.get('content-type')).toContain('text/plain');
  expect(body).toMatch(/orion_http_request_duration_seconds_count\{method="GET",route="\/me",status="200"\} 1/);
  expect(body).not.toContain('tenant');
});

test('every path answers under /v1 as it does at the root', async () => {
  for (const path of ['/version', '/health/live', '/openapi.json', '/schemas/blueprint/v1']) {
    expect((await anybody.get(`/v1${path}`)).body).toEqual((await anybody.get(path)).body);
  }
});

test('the description is valid OpenAPI 3.1', async () => {
  const { body } = await anybody.get('/openapi.json');
  expect(body['openapi']).toBe('3.1.0');
  await SwaggerParser.validate(body as never);
});

test('the description can be read in a browser, from this host alone', async () => {
  const page = await anybody.get<string>('/docs');
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.body).not.toMatch(/https?:\/\//);
  for (const asset of ['/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/docs/start.js']) {
    expect((await anybody.get(asset)).status).toBe(200);
  }
});

test('the schema of blueprints is published for editors', async () => {
  const { headers, body } = await anybody.get('/schemas/blueprint/v1');
  expect(headers.get('content-type')).toContain('application/schema+json');
  expect(body['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(Object.keys(body['properties'] as object)).toEqual(expect.arrayContaining(['name', 'networks', 'nodes']));
});
