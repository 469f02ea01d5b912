import { createHash } from 'node:crypto';
import { authId } from '../access/access-control';
import { boolean } from '../http/formats';
import { died } from '../http/pve-error';
import type { Call, Route } from '../http/router';
import type { Sim } from '../sim';

const FIRST_PORT = 5900;
const PORTS = 100;
/** Simulated milliseconds that a proxy waits for its client. */
const WAIT_MS = 10_000;

/**
 * A ticket for a VNC connection, also for a stopped VM. The websocket behind it is not simulated, so its task ends as one to
 * which nobody connected.
 */
function vncProxy(call: Call, sim: Sim): unknown {
  const { vmid, host, caller } = call;
  sim.vms.load(host, vmid);
  const upid = sim.tasks.start({
    ...{ operation: 'vm.vncproxy', type: 'vncproxy', node: host, id: String(vmid), caller, vmIds: [vmid] },
    body: async (run) => {
      await run.wait(WAIT_MS);
      throw died('connection timed out');
    },
  });
  const seal = createHash('sha256').update(`${upid}${sim.random.uuid()}`).digest('base64');
  const password = call.params['generate-password'] === 1;
  return {
    user: authId(caller),
    ticket: `PVEVNC:${sim.tasks.nextPid(host).toString(16).toUpperCase().padStart(8, '0')}::${seal}`,
    port: String(FIRST_PORT + sim.random.below(PORTS)),
    upid,
    cert: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    ...(password ? { password: seal.slice(0, 8) } : {}),
  };
}

export const CONSOLE_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/qemu/{vmid}/vncproxy',
    operation: 'vm.vncproxy',
    check: { path: '/vms/{vmid}', anyOf: ['VM.Console'] },
    schema: { fields: { websocket: boolean, 'generate-password': boolean } },
    handler: vncProxy,
    isProtected: true,
  },
];
