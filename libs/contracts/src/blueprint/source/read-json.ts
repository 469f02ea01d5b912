import { quote, type Path, type ProblemCode } from '@orion/domain';
import { FORBIDDEN_KEY, SOURCE_LIMITS, type SourceDocument, type SourceProblem } from './source-document';

/** Where the parts of a container stand: by key or index, the offsets of key and value. */
type Places = Map<string | number, { readonly key: number; readonly value: number }>;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Reads JSON (RFC 8259) with positions, keys checked for duplicates and a bounded depth: JSON.parse has none of the three. */
export function readJson(text: string): SourceDocument {
  const reader = new JsonReader(text);
  try {
    const value = reader.readDocument();
    return { value, problems: reader.problems, locate: (path, at) => reader.locate(value, path, at) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { value: undefined, problems: [...reader.problems, error.problem], locate: () => 0 };
  }
}

class Unreadable extends Error {
  constructor(readonly problem: SourceProblem) {
    super(problem.message);
  }
}

class JsonReader {
  readonly problems: SourceProblem[] = [];
  private readonly places = new Map<object, Places>();
  private readonly path: (string | number)[] = [];
  private offset = 0;
  private start = 0;
  private values = 0;

  constructor(private readonly text: string) {}

  readDocument(): unknown {
    this.skipSpace();
    this.start = this.offset;
    const value = this.readValue();
    this.skipSpace();
    if (this.offset < this.text.length) this.fail('something follows the end of the document');
    return value;
  }

  locate(root: unknown, path: Path, at: 'key' | 'value'): number {
    let offset = this.start;
    let value = root;
    for (const [depth, step] of path.entries()) {
      const place = isContainer(value) ? this.places.get(value)?.get(step) : undefined;
      if (!place) break;
      offset = at === 'key' && depth === path.length - 1 ? place.key : place.value;
      value = (value as Record<string | number, unknown>)[step];
    }
    return offset;
  }

  private readValue(): unknown {
    if (++this.values > SOURCE_LIMITS.values) {
      this.stop('document.too_large', `The document has more than ${SOURCE_LIMITS.values} values.`);
    }
    const start = this.text[this.offset];
    if (start === '{' || start === '[') {
      if (this.path.length >= SOURCE_LIMITS.depth) {
        this.stop('document.too_deep', `There are more than ${SOURCE_LIMITS.depth} levels.`);
      }
      return start === '{' ? this.readObject() : this.readArray();
    }
    if (start === '"') return this.readString();
    const at = this.offset;
    const word = this.take(WORD);
    if (word !== undefined) return JSON.parse(word) as unknown;
    const number = this.take(NUMBER);
    if (number === undefined)
      this.fail(start === undefined ? 'the text ends too early' : `${quote(start)} begins no value`);
    if (Number.isFinite(Number(number))) return Number(number);
    this.report('number.not_finite', at, 'The value is not a finite number.');
    return null;
  }

  private readObject(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const places: Places = new Map();
    this.places.set(object, places);
    this.offset++;
    this.skipSpace();
    if (this.accept('}')) return object;
    for (;;) {
      const key = this.offset;
      if (this.text[key] !== '"') this.fail('a key in double quotes is expected');
      const name = this.readString();
      this.skipSpace();
      if (!this.accept(':')) this.fail('a colon is expected after the key');
      this.skipSpace();
      this.path.push(name);
      const value = this.offset;
      const inner = this.readValue();
      if (name === FORBIDDEN_KEY) this.report('key.forbidden', key, `A key may not be named ${FORBIDDEN_KEY}.`);
      else if (places.has(name)) this.report('key.duplicate', key, 'The key is in this object already.');
      else {
        object[name] = inner;
        places.set(name, { key, value });
      }
      this.path.pop();
      this.skipSpace();
      if (this.accept('}')) return object;
      if (!this.accept(',')) this.fail('a comma or a closing brace is expected');
      this.skipSpace();
    }
  }

  private readArray(): unknown[] {
    const array: unknown[] = [];
    const places: Places = new Map();
    this.places.set(array, places);
    this.offset++;
    this.skipSpace();
    if (this.accept(']')) return array;
    for (;;) {
      places.set(array.length, { key: this.offset, value: this.offset });
      this.path.push(array.length);
      array.push(this.readValue());
      this.path.pop();
      this.skipSpace();
      if (this.accept(']')) return array;
      if (!this.accept(',')) this.fail('a comma or a closing bracket is expected');
      this.skipSpace();
    }
  }

  /** JSON.parse reads the literal: only its end is sought here. */
  private readString(): string {
    const start = this.offset;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    try {
      const value = JSON.parse(this.text.slice(start, end + 1)) as string;
      this.offset = end + 1;
      return value;
    } catch {
      return this.fail('the text in double quotes is not well-formed');
    }
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const taken = pattern.exec(this.text)?.[0];
    if (taken !== undefined) this.offset += taken.length;
    return taken;
  }

  private accept(char: string): boolean {
    if (this.text[this.offset] !== char) return false;
    this.offset++;
    return true;
  }

  private skipSpace(): void {
    this.take(SPACE);
  }

  private report(code: ProblemCode, offset: number, message: string): void {
    if (this.problems.length < SOURCE_LIMITS.problems) {
      this.problems.push({ code, path: [...this.path], offset, message });
    }
  }

  private fail(reason: string): never {
    return this.stop('blueprint.syntax', `The JSON is not well-formed: ${reason}.`);
  }

  private stop(code: ProblemCode, message: string): never {
    throw new Unreadable({ code, path: [], offset: this.offset, message });
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
