import { grantLogin, migrate, urlAs } from '@orion/persistence';
import { migrateQueueSchema } from '@orion/job-queue';
import type { RunningService } from '@orion/runtime';
import { createTestDatabase, startInProcess, type TestDatabase } from '@orion/testing';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { gatewayService } from './gateway.service';

const PASSWORD = 'integration';

export interface ClientOptions {
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ClientAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** The REST API as a client with one key sees it. */
export class TestClient {
  constructor(
    readonly url: string,
    readonly key?: string,
  ) {}

  async send<T = Record<string, unknown>>(
    method: string,
    path: string,
    options: ClientOptions = {},
  ): Promise<ClientAnswer<T>> {
    const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as T };
  }

  get<T = Record<string, unknown>>(path: string, headers?: Readonly<Record<string, string>>) {
    return this.send<T>('GET', path, headers ? { headers } : {});
  }

  post<T = Record<string, unknown>>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>) {
    return this.send<T>('POST', path, { ...(body === undefined ? {} : { body }), ...(headers ? { headers } : {}) });
  }
}

export interface TestGateway {
  readonly service: RunningService;
  readonly database: TestDatabase;
  readonly url: string;
  /** The key of the first start. */
  readonly adminKey: string;
  readonly admin: TestClient;
  readonly environment: Readonly<Record<string, string>>;
}

/** A database as it is before the first start, for both services. */
export async function createGatewayDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    template: 'gateway',
    migrate: async (url) => {
      await migrate(url);
      await grantLogin(url, { gateway: PASSWORD, orchestrator: PASSWORD });
      await migrateQueueSchema(url, ['orion_gateway', 'orion_orchestrator']);
    },
  });
}

export function gatewayUrl(database: TestDatabase): string {
  return urlAs(database.url, 'orion_gateway', PASSWORD);
}

/** A gateway of the test's own on a database of its own. */
export async function startGateway(variables: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  const database = await createGatewayDatabase();
  const keyFile = join(mkdtempSync(join(tmpdir(), 'orion-gateway-')), 'admin-key');
  const environment = {
    ORION_DATABASE_URL: gatewayUrl(database),
    ORION_HTTP_PORT: '0',
    ORION_ADMIN_KEY_FILE: keyFile,
    ORION_RATE_LIMIT: '0',
    ORION_SHUTDOWN_TIMEOUT: '3s',
    ...variables,
  };
  const service = await startInProcess(gatewayService, environment);
  const url = service.urls['http'] ?? '';
  const adminKey = readFileSync(keyFile, 'utf8').trim();
  return { service, database, url, adminKey, admin: new TestClient(url, adminKey), environment };
}
