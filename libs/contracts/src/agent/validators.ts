import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { BusMessages, BusPattern } from './bus-messages';
import { MESSAGE_SCHEMAS } from './message-schemas';
import { PAYLOAD_SCHEMAS } from './payload-schemas';
import { COMMAND_VERSIONS, type CommandKind } from './payloads';

/** Either the message, or what is wrong with it as one sentence for a refusal or a log. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

const ajv = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true });
addFormats(ajv);
/** Each schema is compiled when it is needed first, and once. */
const compiled = new Map<object, ValidateFunction>();

/** Checks a request as it came from the wire. A command of a kind and version that this release speaks is checked whole. */
export function checkRequest<P extends BusPattern>(pattern: P, message: unknown): Checked<BusMessages[P]['request']> {
  const checked = check<BusMessages[P]['request']>(MESSAGE_SCHEMAS[pattern].request, message, pattern);
  if (!checked.ok || pattern !== 'agent.command') return checked;
  const { kind, version, payload } = message as BusMessages['agent.command']['request'];
  if (!isKnownCommand(kind, version)) return checked;
  const inside = check(PAYLOAD_SCHEMAS[kind], payload, `The payload of ${kind}`);
  return inside.ok ? checked : inside;
}

/** Checks a reply as it came from the wire. */
export function checkReply<P extends BusPattern>(pattern: P, message: unknown): Checked<BusMessages[P]['reply']> {
  return check(MESSAGE_SCHEMAS[pattern].reply, message, `The reply to ${pattern}`);
}

/** Tells whether this release speaks a kind of command in a version. */
export function isKnownCommand(kind: string, version: number): kind is CommandKind {
  return Object.hasOwn(COMMAND_VERSIONS, kind) && COMMAND_VERSIONS[kind as CommandKind] === version;
}

function check<T>(schema: object, message: unknown, subject: string): Checked<T> {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(message)) return { ok: true, value: message as T };
  const [error] = validate.errors ?? [];
  const where = error?.instancePath ? ` at ${error.instancePath}` : '';
  return { ok: false, detail: `${subject} is not well-formed${where}: ${error?.message ?? 'unknown form'}.` };
}
