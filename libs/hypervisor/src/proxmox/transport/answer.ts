/** One object of an answer. Types vary with the version (`"4003"` or `4003`, `1` or `"1"`), so readers coerce. */
export type Answer = Readonly<Record<string, unknown>>;

export function asAnswer(value: unknown): Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Answer) : {};
}

export function asAnswers(value: unknown): readonly Answer[] {
  return Array.isArray(value) ? value.map(asAnswer) : [];
}

/** Undefined when the key is absent; numbers become text. */
export function textOf(answer: Answer, key: string): string | undefined {
  const value = answer[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Undefined when the key is absent or no number. */
export function numberOf(answer: Answer, key: string): number | undefined {
  const text = textOf(answer, key);
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Perl's truth: `1`, `"1"`, `true`. */
export function flagOf(answer: Answer, key: string): boolean {
  const value = answer[key];
  return value === true || value === 1 || value === '1';
}
