import type { Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ACCESS_ROUTES } from './access/access.routes';
import { ACL_ROUTES } from './access/acl.routes';
import { createAdminServer } from './admin/admin-server';
import { buildSim } from './build-sim';
import { CLUSTER_ROUTES } from './cluster/cluster.routes';
import { agentRoutes } from './guest/agent.routes';
import { createApiServer } from './http/api-server';
import { createIdentity } from './http/certificates';
import { INDEX_ROUTES } from './http/index.routes';
import { Router } from './http/router';
import type { RunningSimulator, SimulatorOptions } from './options';
import { POOL_ROUTES } from './pools/pool.routes';
import { loadState, saveState } from './state';
import { STORAGE_ROUTES } from './storage/storage.routes';
import { SDN_ROUTES } from './sdn/sdn.routes';
import { TASK_ROUTES } from './tasks/task.routes';
import { CONSOLE_ROUTES } from './vms/console.routes';
import { FIREWALL_ROUTES } from './vms/firewall.routes';
import { VM_ROUTES } from './vms/vm.routes';

const LOOPBACK = '127.0.0.1';

/** Starts a simulated cluster: the API over HTTPS, and the admin endpoint over HTTP on loopback. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const identity = options.identity ?? (await createIdentity(options.serverNames ?? []));
  const sim = buildSim(options, identity.fingerprint);
  if (options.stateFile !== undefined) loadState(sim, options.stateFile);
  const router = new Router([
    ...INDEX_ROUTES,
    ...CLUSTER_ROUTES,
    ...ACCESS_ROUTES,
    ...ACL_ROUTES,
    ...TASK_ROUTES,
    ...STORAGE_ROUTES,
    ...POOL_ROUTES,
    ...SDN_ROUTES,
    ...VM_ROUTES,
    ...FIREWALL_ROUTES,
    ...CONSOLE_ROUTES,
    ...agentRoutes(sim.version.major),
  ]);
  const api = createApiServer(identity, router, sim);
  const admin = createAdminServer(sim);
  const host = options.listen ?? LOOPBACK;
  const apiPort = await listen(api, options.port ?? 0, host);
  const adminPort = await listen(admin, options.adminPort ?? 0, LOOPBACK);
  let closed: Promise<void> | undefined;
  const close = async () => {
    sim.holds.releaseAll();
    sim.time.close();
    sim.locks.close();
    await Promise.all([closeServer(api), closeServer(admin)]);
    await sim.tasks.idle();
    if (options.stateFile !== undefined) saveState(sim, options.stateFile);
  };
  return {
    url: `https://${host === '0.0.0.0' ? LOOPBACK : host}:${apiPort}`,
    caPem: identity.caPem,
    fingerprint: identity.fingerprint,
    adminUrl: `http://${LOOPBACK}:${adminPort}`,
    tokens: [...sim.access.tokens.values()].map(({ id, secret }) => ({ id, secret })),
    close: () => (closed ??= close()),
  };
}

interface Closable extends Server {
  closeAllConnections(): void;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function closeServer(server: Closable): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
