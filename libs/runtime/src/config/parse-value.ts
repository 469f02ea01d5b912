import { resolve } from 'node:path';
import type { ConfigVariable } from './define-config';

export type ParsedText = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

const REFUSED: ParsedText = { ok: false };
const accepted = (value: unknown): ParsedText => ({ ok: true, value });

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a text such as `250ms` or `10s`; undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * (UNIT_MS[unit] ?? 1));
}

/** Reads one variable's text. What it may look like is told by `expectation`. */
export function parseValue(variable: ConfigVariable, text: string): ParsedText {
  switch (variable.type) {
    case 'string':
      return variable.pattern === undefined || variable.pattern.test(text) ? accepted(text) : REFUSED;
    case 'url':
      return parseUrl(text, variable.protocols);
    case 'port':
      return parseInteger(text, 0, 65_535);
    case 'integer':
      return parseInteger(text, variable.min, variable.max);
    case 'duration':
      return inBounds(parseDuration(text), limit(variable.min), limit(variable.max));
    case 'boolean':
      if (text === 'true' || text === '1') return accepted(true);
      return text === 'false' || text === '0' ? accepted(false) : REFUSED;
    case 'enum':
      return variable.values.includes(text) ? accepted(text) : REFUSED;
    case 'list':
      return accepted(
        text
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      );
    case 'path':
      return accepted(resolve(text));
  }
}

/** What a variable must look like, as the end of the sentence "NAME must be ...". */
export function expectation(variable: ConfigVariable): string {
  switch (variable.type) {
    case 'string':
      return variable.expects ?? (variable.pattern ? `a text that matches ${String(variable.pattern)}` : 'a text');
    case 'url':
      return variable.protocols ? `a URL that starts with ${alternatives(variable.protocols, '//')}` : 'a URL';
    case 'port':
      return 'a port number from 0 to 65535';
    case 'integer':
      return `a whole number${bounds(variable.min, variable.max)}`;
    case 'duration':
      return `a duration such as 250ms, 10s, 5m or 2h${bounds(variable.min, variable.max)}`;
    case 'boolean':
      return 'true or false';
    case 'enum':
      return `one of ${variable.values.join(', ')}`;
    case 'list':
      return 'a list separated by commas';
    case 'path':
      return 'a path';
  }
}

function parseUrl(text: string, protocols: readonly string[] | undefined): ParsedText {
  if (!URL.canParse(text)) return REFUSED;
  return protocols === undefined || protocols.includes(new URL(text).protocol) ? accepted(text) : REFUSED;
}

function parseInteger(text: string, min: number | undefined, max: number | undefined): ParsedText {
  return inBounds(/^-?\d+$/.test(text) ? Number(text) : undefined, min, max);
}

function inBounds(value: number | undefined, min = -Infinity, max = Infinity): ParsedText {
  return value !== undefined && value >= min && value <= max ? accepted(value) : REFUSED;
}

function limit(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

function bounds(min: number | string | undefined, max: number | string | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? '' : `, at most ${max}`;
}

function alternatives(values: readonly string[], suffix: string): string {
  return values.map((value) => value + suffix).join(' or ');
}
