import { ROLES, mayDo, type Role } from '@orion/domain';
import { randomUUID } from 'node:crypto';

import {
  aBaseline,
  aBlueprint,
  aDocument,
  aReadyRange,
  aSite,
  aTenant,
  SITE,
  type TestTenant,
} from '../gateway.builders';
import { CONTROLLERS } from '../gateway.module';
import { declaredRoutes } from '../access/guarded-routes';
import { startGateway, TestClient, type TestGateway } from '../gateway.fixture';

/** Who may use each route, by method and path. */
const declared = new Map(
  declaredRoutes(CONTROLLERS).map(({ method, path, access }) => [
    `${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
    access,
  ]),
);

interface Operation {
  readonly method: string;
  readonly path: string;
}

let gateway: TestGateway;
let owner: TestTenant;
let foreign: TestTenant;
let operations: readonly Operation[];
let ids: Readonly<Record<string, string>>;
const foreignClients = new Map<Role, TestClient>();

beforeAll(async () => {
  gateway = await startGateway();
  owner = await aTenant(gateway);
  foreign = await aTenant(gateway);
  const siteId = await aSite(gateway, [owner.id]);
  const blueprintId = await aBlueprint(owner.admin);
  const { rangeId, jobId } = await aReadyRange(gateway, owner.admin, { blueprintId, siteId });
  await aBaseline(gateway, rangeId, 'clean');
  const { body } = await owner.admin.get<{ items: { id: string }[] }>('/api-keys');
  ids = {
    siteId,
    blueprintId,
    rangeId,
    jobId,
    keyId: body.items[0]?.id ?? '',
    node: 'web-1',
    baseline: 'clean',
    revision: '1',
    tenantId: owner.id,
  };
  for (const role of ROLES) foreignClients.set(role, await foreign.client(role));
  const { body: document } = await gateway.admin.get<{ paths: Record<string, Record<string, unknown>> }>(
    '/openapi.json',
  );
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => ({ method: method.toUpperCase(), path })),
  );
});

/** Bodies that pass the checks of shape, so that what answers is the check of access. */
function bodyOf({ method, path }: Operation): object | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  if (path.startsWith('/blueprints')) return aDocument('foreign');
  if (path === '/ranges') return { name: 'foreign', blueprintId: ids['blueprintId'], siteId: ids['siteId'] };
  if (path === '/ranges/plan') return { blueprintId: ids['blueprintId'], siteId: ids['siteId'] };
  if (path === '/jobs') return { kind: 'range.stop', rangeId: ids['rangeId'] };
  if (path.endsWith('/applies')) return { revision: 1 };
  if (/\/(snapshots|baselines|current-baseline)$/.test(path)) return { name: 'foreign' };
  if (path === '/sites') return { ...SITE, name: 'foreign' };
  if (path.endsWith('/templates')) return { templates: [] };
  if (path.endsWith('/grants')) return { tenantId: foreign.id };
  if (path === '/tenants' || path === '/tenants/{tenantId}') return { name: 'foreign' };
  if (path.endsWith('/api-keys')) return { name: 'foreign', role: 'viewer' };
  return {};
}

function call(client: TestClient, operation: Operation) {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? randomUUID());
  const body = bodyOf(operation);
  return client.send(operation.method, path, {
    ...(body === undefined ? {} : { body }),
    headers: { accept: 'application/json', 'if-match': '*' },
  });
}

const isPublic = ({ path }: Operation) => /^\/(health|version|metrics|docs|openapi\.json|schemas)/.test(path);
const namesTenantsThings = ({ path, method }: Operation) =>
  path.includes('{') || (method === 'POST' && /^\/(ranges|ranges\/plan|jobs)$/.test(path));
const byPlatformAlone = ({ path, method }: Operation) =>
  path.startsWith('/tenants') ||
  (path.startsWith('/sites') &&
    !/\/(checks|observations)$/.test(path) &&
    (method !== 'GET' || /\/(grants|drift)$/.test(path)));

test('nobody without a key gets anything but the public routes', async () => {
  for (const operation of operations) {
    const { status } = await call(new TestClient(gateway.url), operation);
    if (isPublic(operation)) expect([operation, status]).toEqual([operation, 200]);
    else expect([operation, status]).toEqual([operation, 401]);
  }
});

test.each(ROLES)('to a %s of another tenant what is ours does not exist', async (role) => {
  const client = foreignClients.get(role) as TestClient;
  const answers: string[] = [];
  const wrong: object[] = [];
  for (const operation of operations.filter((each) => !isPublic(each) && namesTenantsThings(each))) {
    const { status } = await call(client, operation);
    answers.push(`${operation.method} ${operation.path} ${status}`);
    const forbidden = status === 403 && (byPlatformAlone(operation) || role !== 'admin');
    if (status !== 404 && !forbidden) wrong.push({ operation, status });
  }
  expect(wrong).toEqual([]);
  expect(answers.length).toBeGreaterThan(25);
});

test.each(ROLES)('a %s gets 403 exactly where the role lacks the permission', async (role) => {
  const client = foreignClients.get(role) as TestClient;
  const principal = { keyId: 'k', tenantId: foreign.id, role, scopes: [], operatesPlatform: false };
  for (const operation of operations) {
    const access = declared.get(`${operation.method} ${operation.path}`);
    if (access?.kind !== 'permission') continue;
    const { status } = await call(client, operation);
    expect([operation, status === 403]).toEqual([operation, !mayDo(principal, access.permission)]);
  }
});

test('every route says who may use it, and the description lists every route', () => {
  const hidden = [...declared.keys()].filter((route) => route.startsWith('GET /docs/'));
  expect([...declared.values()].filter((access) => access === undefined)).toEqual([]);
  expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
    [...declared.keys()].filter((route) => !hidden.includes(route)).sort(),
  );
});

test('nothing of ours was changed by all that', async () => {
  const { body } = await owner.admin.get(`/ranges/${ids['rangeId'] ?? ''}`);
  expect(body['state']).toBe('ready');
  expect((await owner.admin.get<{ items: object[] }>('/blueprints')).body.items).toHaveLength(1);
});
