import { registerTestResource } from '@orion/testing';

import { createProxmoxHypervisor } from '../src';
import { answer, aScriptedApi } from './scripted-api';

const TAGS = 'orion;orion-i.lab;orion-n.web;orion-r.7f0c1d52;orion-t.red';
const vm = (vmid: number, more: object) => ({ vmid, name: 'web', type: 'qemu', tags: TAGS, maxmem: 2 ** 29, ...more });

test('while a host is down the picture shows its VMs in an unknown state, and all others as they are', async () => {
  const api = await aScriptedApi(({ url = '' }, response) => {
    const path = url.replace('/api2/json', '').replace(/\?.*$/, '');
    switch (path) {
      case '/nodes':
        return answer(response, [
          { node: 'pve1', status: 'online', maxcpu: 8, maxmem: 2 ** 34, mem: 0 },
          { node: 'pve2', status: 'offline' },
        ]);
      case '/cluster/resources':
        return answer(response, [
          vm(4001, { node: 'pve1', status: 'running' }),
          vm(4002, { node: 'pve2', status: 'unknown' }),
        ]);
      case '/nodes/pve1/qemu':
        return answer(response, [vm(4001, { status: 'running' })]);
      case '/nodes/pve1/qemu/4001/config':
        return answer(response, {
          name: 'web',
          memory: '512',
          tags: TAGS,
          net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr1,tag=7',
        });
      default:
        // As pveproxy says when it cannot reach the host.
        return void response.writeHead(595, 'No route to host').end();
    }
  });
  const hypervisor = createProxmoxHypervisor({
    url: api.url,
    fingerprint: api.fingerprint,
    tokenId: 'orion@pve!range',
    tokenSecret: 'secret',
    installation: 'lab',
  });
  registerTestResource({ dispose: () => hypervisor.close() });

  const vms = await hypervisor.listVms({ first: 4000, last: 4999 });

  expect(vms.map(({ vmId, host, state, nics }) => ({ vmId, host, state, nics }))).toEqual([
    { vmId: 4001, host: 'pve1', state: 'running', nics: [{ bridge: 'vmbr1', vlanTag: 7 }] },
    { vmId: 4002, host: 'pve2', state: 'unknown', nics: [] },
  ]);
  expect((await hypervisor.listHosts()).map(({ name, online }) => [name, online])).toEqual([
    ['pve1', true],
    ['pve2', false],
  ]);
});
