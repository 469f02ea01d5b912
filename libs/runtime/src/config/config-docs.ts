import type { ConfigSpec, ConfigVariable } from './define-config';
import { expectation } from './parse-value';

/** The variables of one service as a Markdown table, in the order of the spec. */
export function configTable(spec: ConfigSpec): string {
  const rows = Object.entries(spec).map(
    ([name, variable]) =>
      `| ${[nameCell(name, variable), expectation(variable), presence(variable), variable.doc].map(cell).join(' | ')} |`,
  );
  return ['| variable | value | default | purpose |', '|---|---|---|---|', ...rows].join('\n');
}

/** The whole of `docs/reference/configuration.md`. */
export function configurationPage(services: readonly { readonly name: string; readonly spec: ConfigSpec }[]): string {
  return [
    '# Configuration',
    '',
    'Every setting is an environment variable. A wrong value stops the start with a sentence that names it.',
    'An empty value counts as missing. Secrets can also be given by `<NAME>_FILE`, the path of a file that holds the value.',
    'This page is written by `npm run docs`; a test compares it with the code.',
    ...services.flatMap(({ name, spec }) => ['', `## ${name}`, '', configTable(spec)]),
    '',
  ].join('\n');
}

function nameCell(name: string, variable: ConfigVariable): string {
  return variable.secret ? `\`${name}\` (secret)` : `\`${name}\``;
}

function presence(variable: ConfigVariable): string {
  if (variable.default !== undefined) {
    const text = typeof variable.default === 'object' ? variable.default.join(',') : String(variable.default);
    return text === '' ? 'empty' : `\`${text}\``;
  }
  if (variable.required) return 'required';
  if (variable.requiredWhen === undefined) return 'none';
  const conditions = Object.entries(variable.requiredWhen).map(([name, value]) => `\`${name}=${value}\``);
  return `required with ${conditions.join(' and ')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}
