/** The forms of text in a blueprint: a pattern for machines and words for people. All patterns match in linear time. */
export const TEXT_PATTERNS = {
  dnsLabel: {
    pattern: '^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$',
    says: 'letters, digits and hyphens, beginning and ending with a letter or digit',
  },
  template: {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    says: 'letters, digits, dots, underscores and hyphens, beginning with a letter or digit',
  },
  labelKey: {
    pattern: '^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$',
    says: 'letters, digits, dots, underscores, slashes and hyphens, beginning and ending with a letter or digit',
  },
  labelValue: {
    pattern: '^([A-Za-z0-9]([A-Za-z0-9 ._/@:+-]*[A-Za-z0-9])?)?$',
    says: 'letters, digits, spaces and . _ / @ : + -, beginning and ending with a letter or digit',
  },
  mac: {
    pattern: '^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$',
    says: 'six pairs of hexadecimal digits with colons, like 52:54:00:12:34:56',
  },
  user: {
    pattern: '^[a-z_][a-z0-9_-]*$',
    says: 'lower-case letters, digits, underscores and hyphens, not beginning with a digit',
  },
  prose: {
    pattern: '^[^\\u0000-\\u0008\\u000B-\\u001F\\u007F-\\u009F\\uD800-\\uDFFF]*$',
    says: 'text without control characters',
  },
} as const;

const BY_PATTERN = new Map<string, string>(Object.values(TEXT_PATTERNS).map(({ pattern, says }) => [pattern, says]));

/** The words for a pattern of the schema. */
export function wordsOf(pattern: string): string {
  return BY_PATTERN.get(pattern) ?? `text that matches ${pattern}`;
}
