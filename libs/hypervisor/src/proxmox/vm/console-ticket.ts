import type { ConsoleTicket, VmRef } from '../../port';
import { HypervisorError } from '../../hypervisor-error';
import { asAnswer, numberOf, textOf } from '../transport/answer';
import type { VmLocator } from './locate-vm';
import type { VmApi } from './vm-api';

/**
 * A ticket for one VNC connection, valid for about 40 seconds; the websocket must ask the host that gave it, within ten
 * seconds. A stopped VM has no screen, though Proxmox VE would give a ticket for it.
 */
export async function consoleTicket(api: VmApi, locator: VmLocator, ref: VmRef): Promise<ConsoleTicket> {
  const { place } = await locator.owned(ref);
  if ((await api.status(place)).state === 'stopped') {
    throw new HypervisorError('vm.not_running', 'retryable', `VM ${ref.vmId} is stopped, so it has no console`);
  }
  const answer = asAnswer(await api.change(place, 'POST', '/vncproxy', { form: { websocket: true } }));
  const password = textOf(answer, 'password');
  return {
    host: place.host,
    port: numberOf(answer, 'port') ?? 0,
    ticket: textOf(answer, 'ticket') ?? '',
    ...(password === undefined ? {} : { password }),
  };
}
