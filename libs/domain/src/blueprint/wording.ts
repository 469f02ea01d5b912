const LONGEST_QUOTE = 48;

/** `value` in quotation marks for a message: one line, no control characters, bounded. */
export function quote(value: string): string {
  const shown = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  // A cut may leave half of a surrogate pair, which is no text.
  return `"${shown.replace(/[\p{Cc}\p{Cs}]/gu, '?')}"`;
}

/** "a, b and c"; after `most` items "and 5 more". */
export function list(items: readonly string[], most = 5, last = 'and'): string {
  if (items.length > most) return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1) ?? ''}`;
}

/** "1 node", "2 nodes". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
