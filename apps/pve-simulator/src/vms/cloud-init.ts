import { createHash } from 'node:crypto';
import { parseProperties } from '../http/property-string';
import type { Call } from '../http/router';
import type { Sim } from '../sim';
import { IPCONFIG_FORMAT } from './config-formats';
import { nameOf, nicsOf, withPending, type Vm, type VmConfig } from './vm';
import { withVmLock } from './vm-lock';
import { checkLock } from './vms';
import { plainText } from '../http/values';

const KEYS = [
  'cicustom',
  'cipassword',
  'citype',
  'ciuser',
  'ciupgrade',
  'nameserver',
  'searchdomain',
  'sshkeys',
  'name',
];
/** The resolver that a host hands on where the VM names none. */
const HOST_RESOLVER = '192.0.2.53';

/** The options that go into the cloud-init drive; addresses of cards are not among them. */
export function cloudInitChanges(call: Call, sim: Sim): unknown {
  const vm = sim.vms.load(call.host, call.vmid);
  const config = withPending(vm);
  return KEYS.filter((key) => config[key] !== undefined).map((key) => ({ key, value: config[key] }));
}

/** Writes the drive anew, as each start does. */
export function regenerateCloudInit(call: Call, sim: Sim): Promise<null> {
  return withVmLock(sim, call.vmid, {}, () => {
    checkLock(sim.vms.load(call.host, call.vmid));
    return null;
  });
}

export function dumpCloudInit(call: Call, sim: Sim): string {
  const vm = sim.vms.load(call.host, call.vmid);
  switch (plainText(call.params['type'])) {
    case 'user':
      return userData(vm);
    case 'network':
      return networkData(vm.config);
    default:
      return `instance-id: ${createHash('sha1')
        .update(userData(vm) + networkData(vm.config))
        .digest('hex')}\n`;
  }
}

function userData(vm: Vm): string {
  const { config } = vm;
  const name = nameOf(vm);
  const domain = config['searchdomain'];
  const lines = ['#cloud-config', `hostname: ${name}`, 'manage_etc_hosts: true'];
  lines.push(`fqdn: ${domain === undefined ? name : `${name}.${domain}`}`);
  if (config['ciuser'] !== undefined) lines.push(`user: ${config['ciuser']}`);
  if (config['cipassword'] !== undefined) lines.push(`password: ${config['cipassword']}`);
  const keys = decodeURIComponent(String(config['sshkeys'] ?? ''))
    .split('\n')
    .filter((key) => key.trim() !== '');
  if (keys.length > 0) lines.push('ssh_authorized_keys:', ...keys.map((key) => `  - ${key}`));
  lines.push('chpasswd:', '  expire: False', 'users:', '  - default', 'package_upgrade: true');
  return `${lines.join('\n')}\n`;
}

function networkData(config: VmConfig): string {
  const lines = ['version: 1', 'config:'];
  for (const { key, properties } of nicsOf(config)) {
    const index = key.slice(3);
    const ip = parseProperties(IPCONFIG_FORMAT, String(config[`ipconfig${index}`] ?? ''));
    lines.push(
      '    - type: physical',
      `      name: eth${index}`,
      `      mac_address: '${(properties['macaddr'] ?? '').toLowerCase()}'`,
    );
    const address = ip['ip'];
    if (address === undefined) continue;
    lines.push('      subnets:');
    if (address === 'dhcp') {
      lines.push('      - type: dhcp4');
      continue;
    }
    const [host = '', prefix = '24'] = address.split('/');
    lines.push('      - type: static', `        address: '${host}'`, `        netmask: '${netmask(Number(prefix))}'`);
    if (ip['gw'] !== undefined) lines.push(`        gateway: '${ip['gw']}'`);
  }
  const servers = String(config['nameserver'] ?? HOST_RESOLVER).split(/[,;\s]+/);
  lines.push('    - type: nameserver', '      address:', ...servers.map((server) => `      - '${server}'`));
  if (config['searchdomain'] !== undefined) lines.push('      search:', `      - '${config['searchdomain']}'`);
  return `${lines.join('\n')}\n`;
}

function netmask(prefix: number): string {
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
