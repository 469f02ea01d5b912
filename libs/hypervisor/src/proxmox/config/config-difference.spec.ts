import type { ConfigureSpec, NicSpec } from '@orion/contracts';
import { configDifference, isEmpty } from './config-difference';
import { VmConfig } from './vm-config';

const NIC: NicSpec = {
  network: 'lan',
  bridge: 'vmbr1',
  vlanTag: 21,
  mac: 'BC:24:11:0B:03:00',
  address: '10.0.0.5/24',
  gateway: '10.0.0.1',
};
const SPEC: ConfigureSpec = {
  vmId: 4001,
  host: 'pve1',
  name: 'ws-1',
  cpus: 2,
  memoryMiB: 1024,
  nics: [NIC],
  description: 'ws-1 of a range',
  guestAgent: true,
};
/** As it is after SPEC was written. */
const DONE = {
  name: 'ws-1',
  cores: 2,
  memory: '1024',
  agent: 'enabled=1,fstrim_cloned_disks=1',
  description: 'ws-1 of a range',
  net0: 'virtio=BC:24:11:0B:03:00,bridge=vmbr1,firewall=1,tag=21',
  ide2: 'local:4001/vm-4001-cloudinit.qcow2,media=cdrom,size=4M',
  ipconfig0: 'ip=10.0.0.5/24,gw=10.0.0.1',
  scsi0: 'local:4001/vm-4001-disk-0.qcow2,size=10G',
  digest: 'd',
};
const difference = (values: object, spec: Partial<ConfigureSpec> = {}) =>
  configDifference(VmConfig.of({ ...DONE, ...values }), { ...SPEC, ...spec });

test('equal values change nothing, whatever the order of their keys', () => {
  expect(isEmpty(difference({}))).toBe(true);
  expect(isEmpty(difference({ net0: 'bridge=vmbr1,firewall=1,tag=21,virtio=bc:24:11:0b:03:00' }))).toBe(true);
});

test('only what differs is written', () => {
  expect(difference({ cores: 1, memory: '512' })).toEqual({ set: { cores: 2, memory: 1024 }, remove: [] });
});

test('more than one socket becomes one', () => {
  expect(difference({ sockets: 2, vcpus: 3 })).toEqual({ set: { sockets: 1 }, remove: ['vcpus'] });
});

test('a NIC keeps its model and side settings, but no trunk and no cut link', () => {
  const net0 = 'e1000=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,link_down=1,trunks=1-4094';
  expect(difference({ net0 }).set).toEqual({ net0: 'e1000=BC:24:11:0B:03:00,bridge=vmbr1,tag=21,firewall=1' });
});

test('a NIC without a tag loses the one of its template, and takes the frame size of its VNet', () => {
  const { vlanTag: _, ...untagged } = NIC;
  expect(difference({}, { nics: [untagged] }).set).toEqual({
    net0: 'virtio=BC:24:11:0B:03:00,bridge=vmbr1,firewall=1,mtu=1',
  });
});

test('NICs that the template has too many are removed with their addresses', () => {
  const { set, remove } = difference({ net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr0', ipconfig1: 'ip=dhcp' });
  expect(set).toEqual({});
  expect(remove).toEqual(['net1', 'ipconfig1']);
});

test('a NIC that the template lacks is added with the model of the first', () => {
  const second = { ...NIC, mac: 'bc:24:11:0b:03:01', vlanTag: 22, address: '10.1.0.5/24' };
  expect(difference({}, { nics: [NIC, second] }).set).toMatchObject({
    net1: 'virtio=BC:24:11:0B:03:01,bridge=vmbr1,tag=22,firewall=1',
  });
});

test('addresses go to cloud-init only where there is a drive for it', () => {
  expect(difference({ ipconfig0: 'ip=dhcp' }).set).toEqual({ ipconfig0: 'ip=10.0.0.5/24,gw=10.0.0.1' });
  expect(isEmpty(difference({ ipconfig0: 'ip=dhcp', ide2: 'none,media=cdrom' }))).toBe(true);
});

test('an address of version 6 has keys of its own', () => {
  const nics = [{ ...NIC, address: 'fd00::5/64', gateway: 'fd00::1' }];
  expect(difference({}, { nics }).set).toEqual({ ipconfig0: 'ip6=fd00::5/64,gw6=fd00::1' });
});

test('user and keys are written once', () => {
  const cloudInit = { user: 'alice', sshKeys: ['ssh-ed25519 AAAA a@b'] };
  const { set } = difference({}, { cloudInit });
  expect(set).toEqual({ ciuser: 'alice', sshkeys: 'ssh-ed25519%20AAAA%20a%40b%0A' });
  expect(isEmpty(difference(set, { cloudInit }))).toBe(true);
});

test('no keys removes those of the template', () => {
  expect(difference({ sshkeys: 'ssh-ed25519%20AAAA' }, { cloudInit: { sshKeys: [] } }).remove).toEqual(['sshkeys']);
});

test('the agent is switched on with its side settings', () => {
  expect(difference({ agent: '0,type=virtio' }).set).toEqual({ agent: 'enabled=1,type=virtio' });
  expect(difference({ agent: undefined }).set).toEqual({ agent: 'enabled=1' });
});

test('what Proxmox VE cuts off a description is no difference', () => {
  expect(isEmpty(difference({}, { description: 'ws-1 of a range \n' }))).toBe(true);
});
