import { bytesOf, VmConfig } from './vm-config';

test.each([
  ['96M', 96 * 2 ** 20],
  ['32G', 32 * 2 ** 30],
  ['1.5T', 1.5 * 2 ** 40],
  ['512', 512],
  ['none', 0],
])('%s is %d bytes', (text, bytes) => expect(bytesOf(text)).toBe(bytes));

test('the first disk is the one that the VM boots from', () => {
  const config = VmConfig.of({
    boot: 'order=ide2;virtio0;net0',
    ide2: 'local:iso/x.iso,media=cdrom',
    scsi0: 'local:1/vm-1-disk-1.qcow2,size=1G',
    virtio0: 'local:1/vm-1-disk-0.qcow2,size=2G',
  });
  expect(config.firstDisk).toEqual({ key: 'virtio0', bytes: 2 * 2 ** 30 });
});

test('without an order the first disk is the lowest of the first bus', () => {
  const config = VmConfig.of({
    sata0: 'a:x,size=1G',
    scsi1: 'a:y,size=2G',
    scsi0: 'a:z,size=3G',
    efidisk0: 'a:e,size=4M',
  });
  expect(config.firstDisk?.key).toBe('scsi0');
});

test.each([
  ['local:4001/vm-4001-cloudinit.qcow2,media=cdrom', true],
  ['local-lvm:vm-4001-cloudinit,media=cdrom,size=4M', true],
  ['local:cloudinit', true],
  ['local:iso/cloudinit-tools.iso,media=cdrom', false],
  ['local:4001/vm-4001-disk-0.qcow2', false],
])('a drive %s is for cloud-init: %s', (ide2, expected) => {
  expect(VmConfig.of({ ide2 }).hasCloudInitDrive).toBe(expected);
});

test('CPUs count over sockets; memory may be a list of properties', () => {
  const config = VmConfig.of({ cores: '2', sockets: 2, memory: 'current=2048' });
  expect(config.cpus).toBe(4);
  expect(config.memoryMiB).toBe(2048);
});

test('NICs are read in both spellings', () => {
  const config = VmConfig.of({
    net10: 'model=e1000,macaddr=BC:24:11:00:00:02,bridge=vmbr0',
    net2: 'virtio=bc:24:11:00:00:01,bridge=vmbr1,tag=12,firewall=1',
  });
  expect(config.nics).toMatchObject([
    { model: 'virtio', mac: 'BC:24:11:00:00:01', bridge: 'vmbr1', vlanTag: 12 },
    { model: 'e1000', mac: 'BC:24:11:00:00:02', bridge: 'vmbr0' },
  ]);
});

test.each([
  ['1', true],
  ['enabled=1,fstrim_cloned_disks=1', true],
  ['0', false],
  [undefined, false],
])('agent %s means an agent: %s', (agent, expected) => expect(VmConfig.of({ agent }).agentEnabled).toBe(expected));
