/** Values of a form or a query. Booleans become `1` and `0`, arrays repeat their key, undefined is left out. */
export type FormValue = string | number | boolean | readonly string[] | undefined;
export type Form = Readonly<Record<string, FormValue>>;

/**
 * As `application/x-www-form-urlencoded`, with `%20` for a blank. Proxmox VE accepts `1` and `0` only for booleans in
 * forms and refuses JSON arrays in them.
 */
export function encodeForm(form: Form): string {
  return Object.entries(form)
    .flatMap(([key, value]) => valuesOf(value).map((text) => `${encodeURIComponent(key)}=${encodeURIComponent(text)}`))
    .join('&');
}

function valuesOf(value: FormValue): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'boolean') return [value ? '1' : '0'];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'string' ? [value] : value;
}

/** `sshkeys` is percent-encoded text inside a form that encodes it once more; a `+` for a blank is refused. */
export function encodeSshKeys(keys: readonly string[]): string {
  const text = keys.map((key) => `${key.trim()}\n`).join('');
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The keys of a `sshkeys` value, without blank lines. Text that is not percent-encoded is taken as it is. */
export function decodeSshKeys(encoded: string): readonly string[] {
  return decoded(encoded)
    .split('\n')
    .map((key) => key.trim())
    .filter((key) => key !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Puts the values into the `{name}` places of a route, percent-encoded. */
export function fillRoute(route: string, values: Readonly<Record<string, string | number>>): string {
  return route.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The route ${route} needs a value for ${name}`);
    return encodeURIComponent(String(value));
  });
}
