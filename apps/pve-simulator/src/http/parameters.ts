import { badParameters } from './pve-error';
import { plainText } from './values';

/** What a client sent: form values are strings (or lists of them for a repeated key), JSON values are as typed. */
export type RawParameters = Record<string, unknown>;

/** Parameters after the check: integers are numbers, booleans 0 or 1, everything else strings or lists of strings. */
export type Parameters = Record<string, string | number | string[] | undefined>;

export interface ParameterRule {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array';
  readonly required?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly oneOf?: readonly string[];
  /** The parameter is a list format: arrays and repeated keys are joined with a comma. */
  readonly list?: boolean;
  /** Returns the text of the violation, or nothing. */
  readonly format?: (value: string) => string | undefined;
  /** As a format, but its text stands alone. */
  readonly pattern?: (value: string) => string | undefined;
}

/** A rule by name, or for indexed keys (`net0`, `scsi3`) by a function. */
export interface ParameterSchema {
  readonly fields: Readonly<Record<string, ParameterRule>>;
  readonly indexed?: (name: string) => ParameterRule | undefined;
}

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

/** Checks all parameters and throws one 400 that names every violation. A JSON null counts as a name without value. */
export function checkParameters(schema: ParameterSchema, raw: RawParameters): Parameters {
  const errors: Record<string, string> = {};
  const checked: Parameters = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(schema.fields, name) ? schema.fields[name] : schema.indexed?.(name);
    if (rule === undefined) {
      errors[name] = UNKNOWN;
      continue;
    }
    if (value === null) {
      checked[name] = undefined;
      continue;
    }
    const result = checkValue(rule, value);
    if ('error' in result) errors[name] = result.error;
    else checked[name] = result.value;
  }
  for (const [name, rule] of Object.entries(schema.fields)) {
    if (rule.required === true && checked[name] === undefined && errors[name] === undefined) {
      errors[name] = 'property is missing and it is not optional';
    }
  }
  if (Object.keys(errors).length > 0) throw badParameters(errors);
  return checked;
}

type Checked = { value: string | number | string[] } | { error: string };

export function checkValue(rule: ParameterRule, value: unknown): Checked {
  if (rule.type === 'array') return checkArray(value);
  const given = rule.list === true && Array.isArray(value) ? value.map(String).join(',') : value;
  if (Array.isArray(given)) return { error: `type check ('${rule.type}') failed - got ARRAY` };
  if (typeof given === 'object') return { error: `type check ('${rule.type}') failed - got HASH` };
  const text = typeof given === 'boolean' ? (given ? '1' : '0') : plainText(given);
  switch (rule.type) {
    case 'boolean':
      return text === '0' || text === '1' ? { value: Number(text) } : { error: typeError(rule, text) };
    case 'integer':
      return /^[+-]?\d+$/.test(text) ? checkNumber(rule, text) : { error: typeError(rule, text) };
    case 'number':
      return text !== '' && Number.isFinite(Number(text)) ? checkNumber(rule, text) : { error: typeError(rule, text) };
    case 'string':
      return checkString(rule, text);
  }
}

function typeError(rule: ParameterRule, text: string): string {
  return `type check ('${rule.type}') failed - got '${text}'`;
}

function checkArray(value: unknown): Checked {
  if (Array.isArray(value)) return { value: value.map(String) };
  if (typeof value === 'object' || value === '') return { error: "type check ('array') failed" };
  return { value: [plainText(value)] };
}

function checkNumber(rule: ParameterRule, text: string): Checked {
  const value = Number(text);
  const violation = rule.format?.(text);
  if (violation !== undefined) return { error: `invalid format - ${violation}\n` };
  if (rule.minimum !== undefined && value < rule.minimum) {
    return { error: `value must have a minimum value of ${rule.minimum}` };
  }
  if (rule.maximum !== undefined && value > rule.maximum) {
    return { error: `value must have a maximum value of ${rule.maximum}` };
  }
  return { value };
}

function checkString(rule: ParameterRule, text: string): Checked {
  if (rule.maxLength !== undefined && Array.from(text).length > rule.maxLength) {
    return { error: `value may only be ${rule.maxLength} characters long` };
  }
  if (rule.oneOf !== undefined && !rule.oneOf.includes(text)) {
    return { error: `value '${text}' does not have a value in the enumeration '${rule.oneOf.join(', ')}'` };
  }
  const mismatch = rule.pattern?.(text);
  if (mismatch !== undefined) return { error: mismatch };
  const violation = rule.format?.(text);
  return violation === undefined ? { value: text } : { error: `invalid format - ${violation}\n` };
}
