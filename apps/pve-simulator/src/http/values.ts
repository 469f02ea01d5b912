/** A value from outside as text: lists are joined with commas, nothing is the empty text. */
export function plainText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(plainText).join(',');
  return JSON.stringify(value);
}

/** The names in a list parameter. */
export function namesIn(value: unknown): string[] {
  return plainText(value)
    .split(/[,;\s]+/)
    .filter((name) => name !== '');
}

/** The record without some of its keys. */
export function without<T>(record: Readonly<Record<string, T>>, ...names: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
