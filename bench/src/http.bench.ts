import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '@orion/testing';
import autocannon from 'autocannon';
import type { Figure } from './figure';

const DURATION_S = 8;
const CONNECTIONS = 16;
const BLUEPRINT = join(__dirname, '../../examples/blueprints/small-office.yaml');

/** Requests a second of `POST /blueprints/validate` with the example blueprint, and of `GET /version` beside it. */
export async function httpBench(platform: Platform, apiKey: string): Promise<readonly Figure[]> {
  const body = readFileSync(BLUEPRINT, 'utf8');
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/yaml' };
  const validate = await autocannon({
    url: `${platform.url}/blueprints/validate`,
    method: 'POST',
    headers,
    body,
    connections: CONNECTIONS,
    duration: DURATION_S,
  });
  const version = await autocannon({ url: `${platform.url}/version`, connections: CONNECTIONS, duration: DURATION_S });
  const context = {
    connections: CONNECTIONS,
    seconds: DURATION_S,
    bytes: body.length,
    errors: validate.non2xx + validate.errors,
  };
  return [
    { name: 'http.validate.rps', value: validate.requests.average, unit: '1/s', context },
    { name: 'http.validate.ms.p99', value: validate.latency.p99, unit: 'ms', context },
    {
      name: 'http.validate.share',
      value: validate.requests.average / version.requests.average,
      unit: 'of GET /version',
      context: { versionRps: Math.round(version.requests.average) },
    },
  ];
}
