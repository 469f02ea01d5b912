const CENSORED = '[redacted]';

/** Names of fields whose values never reach a log, compared without case and separators. */
const SECRET_NAMES =
  /^(set)?cookie$|authorization|password|passwd|passphrase|secret|token|apikey|privatekey|sshkeys?$|nkeyseed|csrf/;

/** Names that hold one of the words above but tell nothing. */
const HARMLESS_NAMES = /^(tokenid|tokenname|apikeyid|secretname)$/;

const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"']*@/gi;
const BEARER = /\b(Bearer|Basic) +[\w.~+/=-]+/gi;
const PROXMOX_TOKEN = /(PVEAPIToken=[^\s=]+=)[\w-]+/g;
const ORION_KEY = /\b(orn_[A-Za-z0-9]+_)[\w-]+/g;
const MAX_DEPTH = 6;

/** Tells whether a field of that name holds a secret. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (SECRET_NAMES.test(plain) || plain === 'cipassword') && !HARMLESS_NAMES.test(plain);
}

/** Cuts credentials out of a text: those of URLs, of authorization headers, Proxmox tokens and our own API keys. */
export function redactText(text: string): string {
  let safe = text;
  if (safe.includes('@')) safe = safe.replace(URL_CREDENTIALS, `$1${CENSORED}@`);
  if (safe.includes('PVEAPIToken=')) safe = safe.replace(PROXMOX_TOKEN, `$1${CENSORED}`);
  if (safe.includes('orn_')) safe = safe.replace(ORION_KEY, `$1${CENSORED}`);
  if (/bearer|basic/i.test(safe)) safe = safe.replace(BEARER, `$1 ${CENSORED}`);
  return safe;
}

/** A copy of `fields` that may be logged. Deep or cyclic parts are cut at depth 6. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    safe[name] = value !== undefined && value !== null && isSecretName(name) ? CENSORED : redactValue(value, depth);
  }
  return safe;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return value;
  if (value instanceof URL) return redactText(value.href);
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) return `[${value.constructor.name}]`;
  return redactObject(value, depth + 1);
}

/**
 * An error as it may be logged: its name, message, stack, code, facts and causes. Other properties are left out,
 * because clients hang requests with their headers on errors.
 */
export function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { code, facts } = error as { code?: unknown; facts?: unknown };
  const described: Record<string, unknown> = { type: error.name, message: redactText(error.message) };
  if (typeof code === 'string' || typeof code === 'number') described['code'] = code;
  if (typeof facts === 'object' && facts !== null) described['facts'] = redactObject(facts, depth + 1);
  if (error.stack !== undefined) described['stack'] = redactText(error.stack);
  if (depth < MAX_DEPTH) {
    if (error.cause !== undefined) described['cause'] = redactValue(error.cause, depth + 1);
    if (error instanceof AggregateError) {
      described['errors'] = error.errors.slice(0, 5).map((inner: unknown) => redactValue(inner, depth + 1));
    }
  }
  return described;
}
