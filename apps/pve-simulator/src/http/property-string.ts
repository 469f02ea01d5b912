import { checkValue, type ParameterRule } from './parameters';

/** `key=value,key=value`, the first key may be left out when the format has a default key. */
export interface PropertyFormat {
  readonly fields: Readonly<Record<string, ParameterRule>>;
  readonly defaultKey?: string;
  /** Keys that make sense only beside another one. */
  readonly requires?: Readonly<Record<string, string>>;
  /** Values that may stand as a key and so carry another one: `virtio=<mac>` is `model=virtio,macaddr=<mac>`. */
  readonly keyAlias?: { readonly keys: readonly string[]; readonly keyField: string; readonly valueField: string };
}

export type Properties = Record<string, string>;

export function parseProperties(format: PropertyFormat, value: string): Properties {
  const properties: Properties = {};
  value.split(',').forEach((part, index) => {
    if (part === '') return;
    const at = part.indexOf('=');
    if (at < 0) {
      if (index === 0 && format.defaultKey !== undefined) properties[format.defaultKey] = part;
      else properties[part] = '';
      return;
    }
    const key = part.slice(0, at);
    const text = part.slice(at + 1);
    if (format.keyAlias?.keys.includes(key) === true) {
      properties[format.keyAlias.keyField] = key;
      properties[format.keyAlias.valueField] = text;
    } else if (format.keyAlias !== undefined && index === 0 && !Object.hasOwn(format.fields, key)) {
      properties[format.keyAlias.keyField] = key;
    } else {
      properties[key] = text;
    }
  });
  return properties;
}

/** The whole text of a 400 for the parameter `name`, or nothing. */
export function propertyViolations(format: PropertyFormat, name: string, value: string): string | undefined {
  const properties = parseProperties(format, value);
  const violations: string[] = [];
  for (const [key, text] of Object.entries(properties)) {
    const rule = Object.hasOwn(format.fields, key) ? format.fields[key] : undefined;
    if (rule === undefined) {
      violations.push(
        `${name}.${key}: property is not defined in schema and the schema does not allow additional properties\n`,
      );
      continue;
    }
    const result = checkValue(rule, text);
    if ('error' in result) violations.push(`${name}.${key}: ${result.error}\n`);
  }
  for (const [key, rule] of Object.entries(format.fields)) {
    if (rule.required === true && properties[key] === undefined) {
      violations.push(`${name}.${key}: property is missing and it is not optional\n`);
    }
  }
  for (const [key, other] of Object.entries(format.requires ?? {})) {
    if (properties[key] !== undefined && properties[other] === undefined) {
      violations.push(`${name}.${other}: missing property required by '${name}.${key}'\n`);
    }
  }
  return violations.length === 0 ? undefined : `format error\n${violations.join('').replace(/\n$/, '')}`;
}
