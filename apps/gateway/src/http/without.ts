/** A copy that lacks what a client is not to see. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  const hidden: readonly PropertyKey[] = keys;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !hidden.includes(key))) as Omit<T, K>;
}
