import type { Route } from './router';

/** What lies below a path, by the name of the key that carries it. Indexes tell nothing about existence. */
const SUBDIRS: Readonly<Record<string, readonly string[]>> = {
  '/': ['version', 'cluster', 'nodes', 'storage', 'access', 'pools'],
  '/access': ['users', 'groups', 'roles', 'acl', 'domains', 'openid', 'tfa', 'ticket', 'password'],
  '/nodes/{node}/qemu/{vmid}': [
    ...['config', 'cloudinit', 'pending', 'status', 'unlink', 'vncproxy', 'termproxy', 'migrate', 'resize', 'move'],
    ...['rrd', 'rrddata', 'monitor', 'agent', 'snapshot', 'spiceproxy', 'sendkey', 'firewall', 'mtunnel'],
    'remote_migrate',
  ],
  '/nodes/{node}/qemu/{vmid}/status': ['current', 'start', 'stop', 'reset', 'shutdown', 'suspend', 'reboot'],
};

const NAMES: Readonly<Record<string, readonly string[]>> = {
  '/cluster': [
    'acme',
    'backup',
    'config',
    'firewall',
    'ha',
    'jobs',
    'nextid',
    'options',
    'resources',
    'sdn',
    'status',
    'tasks',
  ],
  '/nodes/{node}': ['network', 'qemu', 'sdn', 'status', 'storage', 'tasks', 'version', 'vncshell'],
  '/nodes/{node}/qemu/{vmid}/firewall': ['aliases', 'ipset', 'log', 'options', 'refs', 'rules'],
};

function indexRoute(path: string, key: string, names: readonly string[]): Route {
  return {
    method: 'GET',
    path,
    operation: 'index',
    check: 'everyone',
    schema: { fields: {} },
    handler: () => names.map((name) => ({ [key]: name })),
  };
}

export const INDEX_ROUTES: readonly Route[] = [
  ...Object.entries(SUBDIRS).map(([path, names]) => indexRoute(path, 'subdir', names)),
  ...Object.entries(NAMES).map(([path, names]) => indexRoute(path, 'name', names)),
];
