import { readFileSync } from 'node:fs';
import type { ConfigOf, ConfigSpec, ConfigVariable } from './define-config';
import { expectation, parseValue } from './parse-value';
import { redactText } from '../logging/redaction';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment cannot be used. The message has one sentence for each wrong variable, and shows no secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

/**
 * Reads the variables of a spec from `env`. An empty text counts as missing. A secret `NAME` may also come from the
 * file that `NAME_FILE` names; line ends at the end of the file are not part of it.
 * Throws ConfigError with all wrong variables at once.
 */
export function loadConfig<S extends ConfigSpec>(spec: S, env: Environment): ConfigOf<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(spec)) {
    const outcome = readVariable(name, variable, spec, env);
    if ('problem' in outcome) problems.push(outcome.problem);
    else values[name] = outcome.value;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as ConfigOf<S>;
}

/** The values as they may be logged: secrets masked, credentials cut out of URLs, missing ones left out. */
export function describeConfig(spec: ConfigSpec, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(spec)) {
    const value = config[name];
    if (value === undefined) continue;
    shown[name] = variable.secret ? MASK : typeof value === 'string' ? redactText(value) : value;
  }
  return shown;
}

const MASK = '****';

type Outcome = { readonly value: unknown } | { readonly problem: string };

function readVariable(name: string, variable: ConfigVariable, spec: ConfigSpec, env: Environment): Outcome {
  const given = readText(name, variable, env);
  if ('problem' in given) return given;
  const text = given.text ?? defaultText(variable);
  if (text === undefined) {
    const condition = missingBecause(variable, spec, env);
    if (condition === undefined) return { value: undefined };
    return { problem: `${name} is missing: ${condition}it must be ${expectation(variable)}.` };
  }
  const parsed = parseValue(variable, text);
  if (parsed.ok) return { value: parsed.value };
  const shown = variable.secret ? MASK : redactText(text);
  return { problem: `${name} is "${shown}", but it must be ${expectation(variable)}.` };
}

function readText(
  name: string,
  variable: ConfigVariable,
  env: Environment,
): { readonly text: string | undefined } | { readonly problem: string } {
  const direct = env[name] || undefined;
  const file = (variable.secret && env[`${name}_FILE`]) || undefined;
  if (file === undefined) return { text: direct };
  if (direct !== undefined) {
    return { problem: `${name} and ${name}_FILE are both set, but only one of them may be.` };
  }
  try {
    const text = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
    if (text === '') return { problem: `${name}_FILE is "${file}", but that file is empty.` };
    return { text };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return { problem: `${name}_FILE is "${file}", but that file cannot be read (${reason}).` };
  }
}

function defaultText(variable: ConfigVariable): string | undefined {
  if (variable.default === undefined) return undefined;
  return typeof variable.default === 'object' ? variable.default.join(',') : String(variable.default);
}

/** Why a missing variable is an error, as the start of a clause; undefined when it may be missing. */
function missingBecause(variable: ConfigVariable, spec: ConfigSpec, env: Environment): string | undefined {
  if (variable.required) return '';
  if (variable.requiredWhen === undefined) return undefined;
  const conditions = Object.entries(variable.requiredWhen);
  const holds = conditions.every(([other, wanted]) => {
    const declared = spec[other];
    return (env[other] || (declared && defaultText(declared))) === wanted;
  });
  return holds ? `with ${conditions.map(([other, wanted]) => `${other}=${wanted}`).join(' and ')} ` : undefined;
}
