import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import type { TSchema } from '@sinclair/typebox';
import type { Finding, Path } from '@orion/domain';
import { explain } from './explain-error';

export interface StructuralFinding extends Finding {
  /** The key is wrong, not its value. */
  readonly atKey: boolean;
}

export interface StructureCheck {
  readonly findings: readonly StructuralFinding[];
  /** More findings were left out. */
  readonly more: boolean;
}

/** With `nullsAreTold` the nulls in the document are parts that an earlier check took out. */
export type StructureChecker = (document: unknown, options?: { readonly nullsAreTold: boolean }) => StructureCheck;

/** To put one error into words costs little, a million of them much. */
const MOST_FINDINGS = 2_000;

const ajv = new Ajv2020({ allErrors: true, strict: true, verbose: true, strictTypes: false });

/** Errors that say nothing of their own: another one at the same place does. */
const ECHOES = new Set(['if', 'anyOf', 'propertyNames']);

/**
 * Compiles a schema into a check that says in words what is wrong with a document, and takes the malformed parts out of it:
 * null where something of the right form should be, nothing where an unknown field was. Texts that only break a pattern or
 * a length stay, so that what refers to them is still found.
 */
export function compileStructure(schema: TSchema): StructureChecker {
  let validate: ValidateFunction | undefined;
  return (document, { nullsAreTold } = { nullsAreTold: false }) => {
    validate ??= ajv.compile(schema);
    if (validate(document)) return { findings: [], more: false };
    const errors = (validate.errors ?? []).filter(({ data }) => !nullsAreTold || data !== null);
    const findings: StructuralFinding[] = [];
    const told = new Set<string>();
    // Words come first: the values are still in place.
    for (const error of errors) {
      if (findings.length >= MOST_FINDINGS) break;
      if (ECHOES.has(error.keyword)) continue;
      const place = placeOf(error);
      const key = `${place.join('\u0000')}\u0000${error.keyword === 'required' ? String(error.params['missingProperty']) : ''}`;
      if (told.has(key)) continue;
      told.add(key);
      findings.push({ ...explain(error, place), path: place, atKey: isAboutKey(error) });
    }
    for (const error of errors) takeOut(document, error);
    return { findings, more: findings.length >= MOST_FINDINGS };
  };
}

function placeOf(error: ErrorObject): Path {
  const path = parsePointer(error.instancePath);
  if (error.keyword === 'additionalProperties') return [...path, String(error.params['additionalProperty'])];
  return error.propertyName === undefined ? path : [...path, error.propertyName];
}

function isAboutKey(error: ErrorObject): boolean {
  return error.keyword === 'additionalProperties' || error.propertyName !== undefined;
}

function takeOut(document: unknown, error: ErrorObject): void {
  const place = placeOf(error);
  if (error.keyword === 'required') return assign(document, [...place, String(error.params['missingProperty'])], null);
  if (isAboutKey(error)) return assign(document, place, undefined);
  if (error.keyword === 'pattern' || /Length|Items|Properties$/.test(error.keyword)) return;
  assign(document, place, null);
}

function assign(document: unknown, path: Path, value: null | undefined): void {
  const last = path.at(-1);
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => (isContainer(at) ? at[step] : undefined), document);
  if (last === undefined || !isContainer(parent)) return;
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else parent[last] = value;
}

function isContainer(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

/** RFC 6901. Steps into arrays come out as numbers: no field of a blueprint is named by digits alone. */
function parsePointer(pointer: string): Path {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step.replace(/~1/g, '/').replace(/~0/g, '~')));
}
