import { collectSpans, spawnService, waitFor } from '@orion/testing';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { aDocument, aBlueprint, SITE, uniqueName } from '../gateway.builders';
import { createGatewayDatabase, gatewayUrl, TestClient } from '../gateway.fixture';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const MAIN = join(__dirname, '../../dist/main.js');

test('a request has one line and one trace, no secret reaches either, and SIGTERM ends the process in order', async () => {
  const spans = await collectSpans();
  const keyFile = join(mkdtempSync(join(tmpdir(), 'orion-log-')), 'key');
  const gateway = await spawnService(MAIN, {
    env: {
      ORION_DATABASE_URL: gatewayUrl(await createGatewayDatabase()),
      ORION_HTTP_PORT: '0',
      ORION_ADMIN_KEY_FILE: keyFile,
      ORION_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: spans.endpoint,
    },
  });
  const adminKey = readFileSync(keyFile, 'utf8').trim();
  const admin = new TestClient(gateway.urls['http'] ?? '', adminKey);
  const { body: made } = await admin.post<{ key: string }>('/api-keys', { name: 'made', role: 'viewer' });
  const { body: site } = await admin.post<{ id: string }>('/sites', { ...SITE, name: 'lab' });
  const template = { name: 'debian-12', vmId: 9000, host: 'pve1', storage: 'local', shared: false, os: 'linux' };
  const templates = [{ ...template, guestAgent: true, memoryMiB: 512, diskGiB: 4 }];
  await admin.send('PUT', `/sites/${site.id}/templates`, { body: { templates } });
  const request = { name: uniqueName('traced'), blueprintId: await aBlueprint(admin), siteId: site.id };

  const { status } = await admin.post('/ranges', request, { traceparent: `00-${TRACE}-b7ad6b7169203331-01` });
  await admin.post('/blueprints', { ...aDocument('x'), password: 'hunter2-secret' });
  await admin.get(`/nope?key=${made.key}`);

  expect(status).toBe(202);
  const traced = await spans.waitFor(TRACE, (seen) => seen.some(({ name }) => name === 'HTTP POST /ranges'));
  expect(traced.map(({ name }) => name)).toContain('send advance-job');
  const line = await waitFor(() => gateway.log.find(({ route }) => route === '/ranges'));
  expect(line).toMatchObject({
    msg: 'Answered request',
    method: 'POST',
    status: 202,
    durationMs: expect.any(Number),
    tenantId: expect.any(String),
    traceId: TRACE,
  });
  expect(gateway.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  const written = gateway.lines.join('\n') + JSON.stringify(spans.spans());
  for (const key of [adminKey, made.key]) expect(written).not.toContain(key.split('_').slice(2).join('_'));
  expect(written).not.toContain('hunter2-secret');
  expect(written).not.toContain('integration@');
});
