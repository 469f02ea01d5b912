import {
  checkBlueprint,
  LIMITS,
  list,
  normaliseBlueprint,
  PROBLEMS,
  quote,
  type BlueprintDraft,
  type BlueprintProblem,
  type Finding,
  type Path,
} from '@orion/domain';
import { BlueprintSchema } from './blueprint-schema';
import { canonicalDigest } from './canonical-digest';
import { CURRENT_SCHEMA_VERSION, isSupportedVersion, SUPPORTED_SCHEMA_VERSIONS } from './schema-versions';
import { readJson } from './source/read-json';
import { readText } from './source/read-text';
import { readYaml } from './source/read-yaml';
import type { SourceDocument, SourceProblem } from './source/source-document';
import { TextPositions } from './source/text-positions';
import { compileStructure, type StructureCheck } from './structure/structural-findings';
import { UPGRADES } from './upgrade';
import type { ValidationOptions, ValidationResult } from './validation-result';

const checkCurrent = compileStructure(BlueprintSchema);
const checkOld = new Map([...UPGRADES.values()].map(({ from, schema }) => [from, compileStructure(schema)]));

/** Enough of each rule to fill an answer, and to know that there is more. */
const MOST_PER_RULE = LIMITS.problems + 1;

/**
 * Reads a document and tells everything that is wrong with it, in the order of the text. Never throws: whatever the text is,
 * it is answered by problems. Cost grows with the length of the text alone.
 */
export function validateDocument(source: string | Uint8Array, options: ValidationOptions = {}): ValidationResult {
  const { text, problem } = readText(source);
  if (problem) return answer(text, [problem], null);
  const document = options.contentType === 'json' ? readJson(text) : readYaml(text);
  const { value } = document;
  if (value === undefined) return answer(text, document.problems, null);
  if (!isMapping(value)) {
    const message = `The document is ${Array.isArray(value) ? 'a list' : 'a single value'}, not a mapping of fields.`;
    // A root that could not be read has told why.
    const found = document.problems.some(({ path }) => path.length === 0);
    const top: SourceProblem = {
      code: 'document.not_a_mapping',
      path: [],
      offset: document.locate([], 'value'),
      message,
    };
    return answer(text, found ? document.problems : [top, ...document.problems], null);
  }
  return check(text, document, value, options);
}

function check(
  text: string,
  document: SourceDocument,
  value: Record<string, unknown>,
  options: ValidationOptions,
): ValidationResult {
  const { key, version } = versionOf(value);
  const located = (finding: Finding & { readonly atKey?: boolean }): SourceProblem => ({
    ...finding,
    offset: document.locate(finding.path, finding.atKey ? 'key' : 'value'),
  });
  if (version !== undefined && !isSupportedVersion(version)) {
    const message = `Schema version ${describeVersion(version)} is not supported.`;
    const hint = `Supported: ${list(SUPPORTED_SCHEMA_VERSIONS.map(String))}.`;
    const finding = located({ code: 'schema.version_unsupported', path: [key], message, hint });
    return answer(text, [...document.problems, finding], null);
  }

  const { draft, checks, originOf } = checkStructure(value, version ?? CURRENT_SCHEMA_VERSION);
  const { findings } = checkBlueprint(draft, options.site, MOST_PER_RULE);
  const structural = checks.flatMap((one) => one.findings);
  // What the text itself got wrong has been read as null: its type is no second mistake.
  const told = new Set(document.problems.map(({ path }) => pointerOf(path)));
  const problems = [
    ...document.problems,
    ...[...structural, ...findings]
      .map((finding) => ({ ...finding, path: originOf(finding.path) }))
      .filter(({ path }) => !told.has(pointerOf(path)))
      .map(located),
  ];
  const result = answer(
    text,
    problems,
    version ?? CURRENT_SCHEMA_VERSION,
    checks.some(({ more }) => more),
  );
  if (!result.valid) return result;
  const normalised = normaliseBlueprint(draft);
  return { ...result, digest: canonicalDigest(normalised), ...(options.normalise ? { normalised } : {}) };
}

/** Checks the form in the version of the document and, upgraded step by step, in each later one. */
function checkStructure(value: Record<string, unknown>, version: number) {
  const checks: StructureCheck[] = [];
  const origins: ((path: Path) => Path)[] = [];
  let current: unknown = value;
  for (let at = version; at < CURRENT_SCHEMA_VERSION;) {
    const upgrade = UPGRADES.get(at);
    const checkForm = checkOld.get(at);
    if (!upgrade || !checkForm) throw new Error(`No upgrade reads schema version ${at}.`);
    checks.push(checkForm(current));
    const { document, originOf } = upgrade.upgrade(current);
    origins.unshift(originOf);
    current = document;
    at = upgrade.to;
  }
  checks.push(checkCurrent(current, { nullsAreTold: checks.length > 0 }));
  const originOf = (path: Path) => origins.reduce((at, origin) => origin(at), path);
  return { draft: current as BlueprintDraft, checks, originOf };
}

function versionOf(value: Record<string, unknown>): { readonly key: string; readonly version: unknown } {
  const key = !Object.hasOwn(value, 'schemaVersion') && Object.hasOwn(value, 'version') ? 'version' : 'schemaVersion';
  return { key, version: value[key] ?? undefined };
}

function describeVersion(version: unknown): string {
  return typeof version === 'string' || typeof version === 'number' ? quote(String(version)) : 'of that form';
}

function answer(
  text: string,
  problems: readonly SourceProblem[],
  sourceVersion: number | null,
  more = false,
): ValidationResult {
  const positions = new TextPositions(text);
  const sorted = [...problems].sort((a, b) => a.offset - b.offset);
  const truncated = more || sorted.length > LIMITS.problems;
  return {
    valid: sorted.every(({ code }) => PROBLEMS[code].severity !== 'error'),
    problems: sorted.slice(0, LIMITS.problems).map((problem) => describe(problem, positions)),
    ...(truncated ? { truncated } : {}),
    sourceVersion,
  };
}

function describe({ code, path, message, hint, offset }: SourceProblem, positions: TextPositions): BlueprintProblem {
  return {
    code,
    severity: PROBLEMS[code].severity,
    pointer: pointerOf(path),
    message,
    hint: hint ?? PROBLEMS[code].hint,
    ...positions.at(offset),
  };
}

/** RFC 6901, with long keys cut. */
function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).slice(0, 128).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
