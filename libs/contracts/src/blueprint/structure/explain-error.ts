import type { ErrorObject } from 'ajv/dist/2020';
import { counted, didYouMean, list, quote, type Finding, type Path } from '@orion/domain';
import { wordsOf } from '../text-patterns';

type Words = Omit<Finding, 'path'>;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

/** YAML 1.1 took these for booleans; 1.2 does not. */
const OLD_BOOLEANS = /^(y|yes|n|no|on|off|true|false)$/i;

/** Puts an error of the schema validator into words. */
export function explain(error: ErrorObject, place: Path): Words {
  const subject = subjectOf(place);
  const { keyword, params, data } = error;
  if (error.propertyName !== undefined) {
    const form =
      keyword === 'pattern' ? `consist of ${wordsOf(String(params['pattern']))}` : `have at most 63 characters`;
    return { code: 'field.key', message: `The key ${quote(error.propertyName)} must ${form}.` };
  }
  switch (keyword) {
    case 'additionalProperties':
      return explainUnknown(error);
    case 'required': {
      const within = place.length === 0 ? 'The blueprint' : subject;
      return {
        code: 'field.missing',
        message: `${within} lacks the field ${quote(String(params['missingProperty']))}.`,
      };
    }
    case 'type':
      return explainType(subject, String(params['type']), data);
    case 'enum':
      return explainChoice(subject, params['allowedValues'] as readonly unknown[], data);
    case 'const':
      return { code: 'field.choice', message: `${subject} must be ${String(params['allowedValue'])}.` };
    case 'pattern':
      return { code: 'field.pattern', message: `${subject} must consist of ${wordsOf(String(params['pattern']))}.` };
    case 'minimum':
    case 'maximum':
      return {
        code: 'field.bounds',
        message: `${subject} must be at ${keyword === 'minimum' ? 'least' : 'most'} ${String(params['limit'])}, but is ${String(data)}.`,
      };
    default:
      return explainSize(subject, keyword, Number(params['limit']), data);
  }
}

function explainUnknown({ params, parentSchema }: ErrorObject): Words {
  const field = String(params['additionalProperty']);
  const known = Object.keys((parentSchema?.['properties'] as object | undefined) ?? {});
  const hint = didYouMean(field, known) ?? `Known here: ${list(known, 20)}.`;
  return { code: 'field.unknown', message: `There is no field ${quote(field)} here.`, hint };
}

function explainType(subject: string, type: string, data: unknown): Words {
  const wanted = TYPE_NAMES[type] ?? type;
  return {
    code: 'field.type',
    message: `${subject} must be ${wanted}, but is ${nameOfValue(data)}.`,
    ...hintForType(type, data),
  };
}

function hintForType(type: string, data: unknown): { readonly hint?: string } {
  if (type === 'string' && (typeof data === 'number' || typeof data === 'boolean')) {
    return { hint: `Quote it: "${String(data)}".` };
  }
  if (type === 'boolean' && typeof data === 'string' && OLD_BOOLEANS.test(data)) {
    return { hint: 'Write true or false, unquoted: other words are text in YAML 1.2.' };
  }
  if ((type === 'integer' || type === 'number') && typeof data === 'string' && /^-?[0-9.]+$/.test(data)) {
    return { hint: 'Remove the quotation marks.' };
  }
  if (type === 'array') return { hint: 'Begin each item with a hyphen, or write [ ].' };
  return {};
}

function explainChoice(subject: string, allowed: readonly unknown[], data: unknown): Words {
  const choices = allowed.map(String);
  const hint = typeof data === 'string' ? didYouMean(data, choices) : undefined;
  const message = `${subject} must be ${list(choices, 10, 'or')}, but is ${nameOfValue(data)}.`;
  return { code: 'field.choice', message, ...(hint === undefined ? {} : { hint }) };
}

/** minLength, maxLength, minItems, maxItems, maxProperties. */
function explainSize(subject: string, keyword: string, limit: number, data: unknown): Words {
  const noun = keyword.endsWith('Length') ? 'character' : keyword.endsWith('Items') ? 'item' : 'field';
  const bound = `at ${keyword.startsWith('min') ? 'least' : 'most'} ${counted(limit, noun)}`;
  return { code: 'field.bounds', message: `${subject} must have ${bound}, but has ${sizeOf(data)}.` };
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string' || Array.isArray(data)) return data.length;
  return Object.keys(data as object).length;
}

/** `interfaces[0].address`: the last named field and what follows. */
function subjectOf(place: Path): string {
  const at = place.findLastIndex((step) => typeof step === 'string');
  if (at < 0) return place.length === 0 ? 'The document' : `The item ${String(place[0])}`;
  const [field, ...indices] = place.slice(at);
  const name = String(field);
  const shown = name.length > 48 ? `${name.slice(0, 48)}…` : name;
  return `\`${shown}${indices.map((index) => `[${index}]`).join('')}\``;
}

function nameOfValue(data: unknown): string {
  if (data === null) return 'empty';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'string') return `the text ${quote(data)}`;
  return typeof data === 'number' || typeof data === 'boolean' ? String(data) : 'a mapping';
}
