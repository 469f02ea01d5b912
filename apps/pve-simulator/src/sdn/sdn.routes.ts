import { requireRight } from '../http/dispatch';
import { boolean, integer, oneOf, required, text } from '../http/formats';
import type { ParameterRule } from '../http/parameters';
import type { Check, IncomingCall, Method, Route } from '../http/router';
import type { Sim } from '../sim';
import { applySdn, lockSdn, rollbackSdn, unlockSdn } from './sdn-apply';
import {
  createSubnet,
  createVnet,
  createZone,
  deleteSubnet,
  deleteVnet,
  deleteZone,
  updateVnet,
  updateZone,
} from './sdn-changes';
import { hostZones, listSubnets, listVnets, listZones, readSubnet, readVnet, readZone, zoneContent } from './sdn-reads';

type Fields = Record<string, ParameterRule>;

const sdnId = (value: string) =>
  /^[a-zA-Z][a-zA-Z0-9]*[a-zA-Z0-9]$/.test(value) ? undefined : 'value does not match the regex pattern';
const ID: ParameterRule = { type: 'string', maxLength: 8, pattern: sdnId };
const lock: Fields = { 'lock-token': text(), digest: text() };
const views: Fields = { pending: boolean, running: boolean };

const ZONE_OPTIONS: Fields = {
  ...Object.fromEntries(
    [
      'bridge',
      'controller',
      'dhcp',
      'dns',
      'dnszone',
      'exitnodes',
      'fabric',
      'ipam',
      'mac',
      'nodes',
      'peers',
      'reversedns',
      'rt-import',
      'vlan-protocol',
    ].map((name) => [name, text()]),
  ),
  ...Object.fromEntries(
    ['advertise-subnets', 'bridge-disable-mac-learning', 'disable-arp-nd-suppression'].map((name) => [name, boolean]),
  ),
  mtu: integer(),
  tag: integer(0),
  'vrf-vxlan': integer(1, 16777215),
  'vxlan-port': integer(1, 65536),
};

const VNET_OPTIONS: Fields = {
  alias: text({ maxLength: 256 }),
  'isolate-ports': boolean,
  tag: integer(1, 16777215),
  type: oneOf('vnet'),
  vlanaware: boolean,
};

const SUBNET_OPTIONS: Fields = {
  'dhcp-dns-server': text(),
  'dhcp-range': { type: 'array' },
  dnszoneprefix: text(),
  gateway: text(),
  snat: boolean,
};

const ALLOCATE: Check = { path: '/sdn', anyOf: ['SDN.Allocate'] };
const ZONE: Check = { path: '/sdn/zones/{zone}', anyOf: ['SDN.Allocate'] };

/** The rights on a virtual network are those on its zone. */
const onVnet =
  (...anyOf: string[]): Check =>
  (call: IncomingCall, sim: Sim) => {
    const vnet = call.uri['vnet'] ?? '';
    const zone = sim.sdn.zoneOf(vnet, 'pending') ?? sim.sdn.zoneOf(vnet, 'running');
    if (zone !== undefined) requireRight(sim, call.caller, { path: `/sdn/zones/${zone}/${vnet}`, anyOf });
  };

function route(
  method: Method,
  path: string,
  operation: string,
  check: Check,
  fields: Fields,
  handler: Route['handler'],
): Route {
  return { method, path, operation, check, schema: { fields }, handler, isProtected: method !== 'GET' };
}

const SDN = '/cluster/sdn';
const VNET = `${SDN}/vnets/{vnet}`;
const SUBNETS = `${VNET}/subnets`;

export const SDN_ROUTES: readonly Route[] = [
  route('GET', SDN, 'sdn.index', { path: '/sdn', anyOf: ['SDN.Audit'] }, {}, () =>
    ['vnets', 'zones', 'controllers', 'ipams', 'dns', 'fabrics'].map((id) => ({ id })),
  ),
  route('PUT', SDN, 'sdn.apply', ALLOCATE, { ...lock, 'release-lock': boolean }, applySdn),
  route('POST', `${SDN}/lock`, 'sdn.lock', ALLOCATE, { 'allow-pending': boolean }, lockSdn),
  route('DELETE', `${SDN}/lock`, 'sdn.unlock', ALLOCATE, { ...lock, force: boolean }, unlockSdn),
  route('POST', `${SDN}/rollback`, 'sdn.rollback', ALLOCATE, { ...lock, 'release-lock': boolean }, rollbackSdn),
  route('GET', `${SDN}/controllers`, 'sdn.controllers', 'everyone', { ...views, type: text() }, () => []),
  route('GET', `${SDN}/ipams`, 'sdn.ipams', 'everyone', { type: text() }, () => [
    { ipam: 'pve', type: 'pve', digest: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' },
  ]),
  route('GET', `${SDN}/zones`, 'sdn.zones', 'everyone', { ...views, type: text() }, listZones),
  route(
    'POST',
    `${SDN}/zones`,
    'sdn.create-zone',
    { path: '/sdn/zones', anyOf: ['SDN.Allocate'] },
    {
      ...ZONE_OPTIONS,
      ...lock,
      zone: required(ID),
      type: required(oneOf('evpn', 'faucet', 'qinq', 'simple', 'vlan', 'vxlan')),
    },
    createZone,
  ),
  route('GET', `${SDN}/zones/{zone}`, 'sdn.zones', ZONE, views, readZone),
  route(
    'PUT',
    `${SDN}/zones/{zone}`,
    'sdn.update-zone',
    ZONE,
    { ...ZONE_OPTIONS, ...lock, delete: text() },
    updateZone,
  ),
  route('DELETE', `${SDN}/zones/{zone}`, 'sdn.delete-zone', ZONE, lock, deleteZone),
  route('GET', `${SDN}/vnets`, 'sdn.vnets', 'everyone', views, listVnets),
  route(
    'POST',
    `${SDN}/vnets`,
    'sdn.create-vnet',
    ZONE,
    { ...VNET_OPTIONS, ...lock, vnet: required(ID), zone: required(text()) },
    createVnet,
  ),
  route('GET', VNET, 'sdn.vnets', onVnet('SDN.Audit', 'SDN.Allocate'), views, readVnet),
  route(
    'PUT',
    VNET,
    'sdn.update-vnet',
    onVnet('SDN.Allocate'),
    { ...VNET_OPTIONS, ...lock, zone: text(), delete: text() },
    updateVnet,
  ),
  route('DELETE', VNET, 'sdn.delete-vnet', onVnet('SDN.Allocate'), lock, deleteVnet),
  route('GET', SUBNETS, 'sdn.subnets', onVnet('SDN.Audit', 'SDN.Allocate'), views, listSubnets),
  route(
    'POST',
    SUBNETS,
    'sdn.create-subnet',
    onVnet('SDN.Allocate'),
    { ...SUBNET_OPTIONS, ...lock, subnet: required(text()), type: required(oneOf('subnet')) },
    createSubnet,
  ),
  route('GET', `${SUBNETS}/{subnet}`, 'sdn.subnets', onVnet('SDN.Audit', 'SDN.Allocate'), views, readSubnet),
  route('DELETE', `${SUBNETS}/{subnet}`, 'sdn.delete-subnet', onVnet('SDN.Allocate'), lock, deleteSubnet),
  route('GET', '/nodes/{node}/sdn/zones', 'sdn.host-zones', 'everyone', {}, hostZones),
  route(
    'GET',
    '/nodes/{node}/sdn/zones/{zone}/content',
    'sdn.host-zones',
    { path: '/sdn/zones/{zone}', anyOf: ['SDN.Audit'] },
    {},
    zoneContent,
  ),
];
