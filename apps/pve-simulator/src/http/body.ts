import { PveError } from './pve-error';
import type { RawParameters } from './parameters';

export const BODY_LIMIT = 512 * 1024;

/** An error whose answer is plain text in place of JSON. */
export class PlainError extends PveError {}

export function parseForm(text: string): RawParameters {
  const parameters: RawParameters = {};
  if (text === '') return parameters;
  for (const [key, value] of new URLSearchParams(text)) {
    const present = parameters[key];
    if (present === undefined) parameters[key] = value;
    else parameters[key] = Array.isArray(present) ? [...(present as unknown[]), value] : [present, value];
  }
  return parameters;
}

export function parseBody(contentType: string | undefined, body: Buffer): RawParameters {
  if (contentType === undefined || contentType.startsWith('application/x-www-form-urlencoded')) {
    return parseForm(body.toString('utf8'));
  }
  if (contentType.startsWith('application/json')) return parseJson(body.toString('utf8'));
  throw new PlainError(506, `upload 'Content-Type '${contentType}' not implemented`);
}

function parseJson(text: string): RawParameters {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PlainError(
      500,
      `malformed JSON string, neither tag, array, object, number, string or atom, at character offset ${text.length} (before "(end of string)") at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.\n`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PlainError(500, 'Not a HASH reference at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 978.\n');
  }
  return value as RawParameters;
}
