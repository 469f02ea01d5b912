import { createHash } from 'node:crypto';
import { boolean, digest, integer, oneOf, required, text } from '../http/formats';
import { badParameters, died } from '../http/pve-error';
import type { ParameterRule } from '../http/parameters';
import type { Call, Check, Method, Route } from '../http/router';
import type { Sim } from '../sim';
import type { FirewallState } from './vm';
import { namesIn, plainText } from '../http/values';

/** The firewall file of a VM. Settings are stored, nothing is enforced; a missing VM has an empty file. */
function firewallOf(call: Call, sim: Sim): FirewallState {
  return sim.vms.onHost(call.host, call.vmid)?.firewall ?? { options: {}, rules: [] };
}

const EMPTY = createHash('sha1').update('').digest('hex');

function digestOf(state: FirewallState): string {
  const isEmpty = Object.keys(state.options).length === 0 && state.rules.length === 0;
  return isEmpty ? EMPTY : createHash('sha1').update(JSON.stringify(state)).digest('hex');
}

function settings(call: Call): Record<string, string | number> {
  const chosen: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(call.params)) {
    if (['node', 'vmid', 'pos', 'digest', 'delete', 'moveto'].includes(key)) continue;
    if (typeof value === 'string' || typeof value === 'number') chosen[key] = value;
  }
  return chosen;
}

function putOptions(call: Call, sim: Sim): null {
  const { options } = firewallOf(call, sim);
  Object.assign(options, settings(call));
  for (const name of namesIn(call.params['delete'])) Reflect.deleteProperty(options, name);
  return null;
}

function listRules(call: Call, sim: Sim): unknown {
  const state = firewallOf(call, sim);
  return state.rules.map((rule, pos) => ({ ...rule, pos, digest: digestOf(state) }));
}

function ruleAt(state: FirewallState, call: Call): Record<string, string | number> {
  const rule = state.rules[Number(call.params['pos'])];
  if (rule === undefined) throw died(`no rule at position ${plainText(call.params['pos'])}`);
  return rule;
}

function checkAction(call: Call): void {
  const action = String(call.params['action'] ?? 'ACCEPT');
  const known = ['ACCEPT', 'DROP', 'REJECT'].includes(action) || call.params['type'] === 'group';
  if (!known) throw badParameters({ action: `unknown action '${action}'` });
}

/** A new rule goes first, unless it names its position. */
function addRule(call: Call, sim: Sim): null {
  checkAction(call);
  firewallOf(call, sim).rules.splice(Number(call.params['pos'] ?? 0), 0, settings(call));
  return null;
}

function updateRule(call: Call, sim: Sim): null {
  checkAction(call);
  const rule = ruleAt(firewallOf(call, sim), call);
  Object.assign(rule, settings(call));
  for (const name of namesIn(call.params['delete'])) Reflect.deleteProperty(rule, name);
  return null;
}

function deleteRule(call: Call, sim: Sim): null {
  const state = firewallOf(call, sim);
  ruleAt(state, call);
  state.rules.splice(Number(call.params['pos']), 1);
  return null;
}

const BASE = '/nodes/{node}/qemu/{vmid}/firewall';
const AUDIT: Check = { path: '/vms/{vmid}', anyOf: ['VM.Audit'] };
const CHANGE: Check = { path: '/vms/{vmid}', anyOf: ['VM.Config.Network'] };
const LEVEL = oneOf('emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'nolog');
const POLICY = oneOf('ACCEPT', 'REJECT', 'DROP');

type Fields = Record<string, ParameterRule>;

const OPTIONS: Fields = {
  ...Object.fromEntries(['dhcp', 'enable', 'ipfilter', 'macfilter', 'ndp', 'radv'].map((name) => [name, boolean])),
  delete: text(),
  digest,
  log_level_in: LEVEL,
  log_level_out: LEVEL,
  policy_in: POLICY,
  policy_out: POLICY,
};

const RULE: Fields = {
  ...Object.fromEntries(
    ['comment', 'dest', 'dport', 'icmp-type', 'iface', 'macro', 'proto', 'source', 'sport'].map((name) => [
      name,
      text(),
    ]),
  ),
  action: text(),
  digest,
  enable: integer(0),
  log: LEVEL,
  pos: integer(0),
  type: oneOf('in', 'out', 'forward', 'group'),
};

function route(method: Method, path: string, check: Check, fields: Fields, handler: Route['handler']): Route {
  return { method, path: `${BASE}/${path}`, operation: 'vm.firewall', check, schema: { fields }, handler };
}

const CLUSTER = '/cluster/firewall/options';

export const FIREWALL_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: CLUSTER,
    operation: 'cluster.firewall',
    check: { path: '/', anyOf: ['Sys.Audit'] },
    schema: { fields: {} },
    handler: (_call, sim) => ({ ...Object.fromEntries(sim.firewall), digest: EMPTY }),
  },
  {
    method: 'PUT',
    path: CLUSTER,
    operation: 'cluster.firewall',
    check: { path: '/', anyOf: ['Sys.Modify'] },
    schema: { fields: { enable: integer(0), digest } },
    handler: (call, sim) => {
      for (const [key, value] of Object.entries(settings(call))) sim.firewall.set(key, value);
      return null;
    },
  },
  route('GET', 'options', AUDIT, {}, (call, sim) => {
    const state = firewallOf(call, sim);
    return { ...state.options, digest: digestOf(state) };
  }),
  route('PUT', 'options', CHANGE, OPTIONS, putOptions),
  route('GET', 'rules', AUDIT, {}, listRules),
  route(
    'POST',
    'rules',
    CHANGE,
    { ...RULE, action: required(text()), type: required(oneOf('in', 'out', 'forward', 'group')) },
    addRule,
  ),
  route('GET', 'rules/{pos}', AUDIT, {}, (call, sim) => {
    const state = firewallOf(call, sim);
    return { ...ruleAt(state, call), pos: String(call.params['pos']), digest: digestOf(state) };
  }),
  route('PUT', 'rules/{pos}', CHANGE, { ...RULE, delete: text(), moveto: integer(0) }, updateRule),
  route('DELETE', 'rules/{pos}', CHANGE, { digest }, deleteRule),
];
