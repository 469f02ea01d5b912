/** A value such as `virtio=BC:24:11:00:00:01,bridge=vmbr1,tag=12`; the first part may lack its key. */
export type Properties = ReadonlyMap<string, string>;

/** Keys keep their order. A part without `=` is filed under `defaultKey`. */
export function parseProperties(text: string, defaultKey = ''): Properties {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  return new Map(
    parts.map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [defaultKey, part.trim()] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
}

/** A part under `defaultKey` is written without its key. */
export function formatProperties(properties: Properties, defaultKey = ''): string {
  return [...properties].map(([key, value]) => (key === defaultKey ? value : `${key}=${value}`)).join(',');
}

/** Equal in meaning: a rollback sorts the keys. */
export function sameProperties(a: Properties, b: Properties): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key)?.toLowerCase() === value.toLowerCase());
}
