import { boolean, integer, required, text } from '../http/formats';
import type { ParameterSchema } from '../http/parameters';
import type { Check, Method, Right, Route } from '../http/router';
import { command, exec, execStatus, fileRead, fileWrite, networkInterfaces, osInfo, ping, simpleQuery } from './agent';

const BASE = '/nodes/{node}/qemu/{vmid}/agent';
const NONE: ParameterSchema = { fields: {} };

const COMMANDS = [
  ...['exec', 'exec-status', 'file-read', 'file-write', 'fsfreeze-status', 'fstrim', 'get-fsinfo', 'get-host-name'],
  ...['get-memory-blocks', 'get-osinfo', 'get-time', 'get-timezone', 'get-users', 'get-vcpus', 'info'],
  ...['network-get-interfaces', 'ping'],
];

const index = () => COMMANDS.map((name) => ({ name }));

/** Release 8 has one privilege for all of it. */
export function agentRoutes(major: number): Route[] {
  const right = (...names: string[]): Right => ({
    path: '/vms/{vmid}',
    anyOf: major < 9 ? ['VM.Monitor'] : names.map((name) => `VM.GuestAgent.${name}`),
  });
  const route = (
    method: Method,
    name: string,
    operation: string,
    check: Check,
    schema: ParameterSchema,
    handler: Route['handler'],
  ): Route => ({ method, path: `${BASE}/${name}`, operation, check, schema, handler });
  const audit = right('Audit', 'Unrestricted');
  const all = right('Unrestricted');
  const files = { file: required(text()) };
  const queries = [
    'get-fsinfo',
    'get-host-name',
    'get-memory-block-info',
    'get-memory-blocks',
    'get-time',
    'get-timezone',
    'get-users',
    'get-vcpus',
    'info',
  ];
  return [
    route('POST', 'ping', 'agent.ping', audit, NONE, ping),
    route(
      'POST',
      'exec',
      'agent.exec',
      all,
      { fields: { command: required({ type: 'array' }), 'input-data': text({ maxLength: 65536 }) } },
      exec,
    ),
    route('GET', 'exec-status', 'agent.exec-status', all, { fields: { pid: required(integer()) } }, execStatus),
    route(
      'POST',
      'file-write',
      'agent.file-write',
      right('FileWrite', 'Unrestricted'),
      { fields: { ...files, content: required(text({ maxLength: 61440 })), encode: boolean } },
      fileWrite,
    ),
    route('GET', 'file-read', 'agent.file-read', right('FileRead', 'Unrestricted'), { fields: files }, fileRead),
    route('GET', 'network-get-interfaces', 'agent.interfaces', audit, NONE, networkInterfaces),
    route('GET', 'get-osinfo', 'agent.osinfo', audit, NONE, osInfo),
    { ...route('POST', '', 'agent.command', all, { fields: { command: required(text()) } }, command), path: BASE },
    { ...route('GET', '', 'index', 'everyone', NONE, index), path: BASE },
    ...queries.map((name) => route('GET', name, 'agent.query', audit, NONE, simpleQuery)),
    route(
      'POST',
      'fsfreeze-status',
      'agent.query',
      right('Audit', 'FileSystemMgmt', 'Unrestricted'),
      NONE,
      simpleQuery,
    ),
    route('POST', 'fstrim', 'agent.query', right('FileSystemMgmt', 'Unrestricted'), NONE, simpleQuery),
  ];
}
