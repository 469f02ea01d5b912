import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import type { Path, ProblemCode } from '@orion/domain';
import { FORBIDDEN_KEY, SOURCE_LIMITS, type SourceDocument, type SourceProblem } from './source-document';

type MapNode = YAMLMap.Parsed;
type MutablePath = (string | number)[];

/** Turns composed YAML into plain values with a cost that is bounded, and remembers where everything stands. */
export function toValues(root: ParsedNode, text: string): SourceDocument {
  const reader = new YamlValues(text);
  const value = reader.read(root);
  return { value, problems: reader.problems, locate: (path, at) => reader.locate(root, path, at) };
}

class YamlValues {
  readonly problems: SourceProblem[] = [];
  private readonly anchors = new Map<string, ParsedNode>();
  private readonly targets = new Map<ParsedNode, ParsedNode>();
  private readonly open = new Set<ParsedNode>();
  private readonly path: MutablePath = [];
  private values = 0;
  private aliasedValues = 0;
  private aliasDepth = 0;
  private exhausted = false;

  constructor(private readonly text: string) {}

  read(node: ParsedNode | null): unknown {
    if (node === null || this.exhausted || !this.afford(node)) return null;
    if (isAlias(node)) return this.readAlias(node);
    if (node.anchor !== undefined && this.aliasDepth === 0) this.anchors.set(node.anchor, node);
    if (node.tag !== undefined) this.report('yaml.tag', node, 'The value has a tag.');
    if (isScalar(node)) return this.readScalar(node);
    if (this.path.length >= SOURCE_LIMITS.depth) {
      this.exhausted = true;
      return this.report('document.too_deep', node, `There are more than ${SOURCE_LIMITS.depth} levels.`);
    }
    this.open.add(node);
    const value = isMap(node) ? this.readMap(node) : this.readItems(node.items);
    this.open.delete(node);
    return value;
  }

  locate(root: ParsedNode, path: Path, at: 'key' | 'value'): number {
    let node: ParsedNode | null = root;
    let offset = root.range[0];
    for (const [depth, step] of path.entries()) {
      if (node && isAlias(node)) node = this.targets.get(node) ?? null;
      if (isMap(node)) {
        const pair: MapNode['items'][number] | undefined = node.items.find(
          ({ key }) => isScalar(key) && key.value === step,
        );
        if (!pair) break;
        const wanted: ParsedNode = at === 'key' && depth === path.length - 1 ? pair.key : (pair.value ?? pair.key);
        offset = wanted.range[0];
        node = pair.value;
      } else if (isSeq(node) && typeof step === 'number') {
        const item: ParsedNode | undefined = node.items[step];
        if (!item) break;
        offset = item.range[0];
        node = item;
      } else break;
    }
    return offset;
  }

  private readItems(items: readonly unknown[]): unknown[] {
    return items.map((item, index) => this.inside(index, () => this.read(item as ParsedNode | null)));
  }

  private readMap(node: MapNode): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    for (const { key, value: inner } of node.items) {
      const name = this.readKey(key);
      if (name === undefined) continue;
      if (Object.hasOwn(value, name)) {
        this.inside(name, () => this.report('key.duplicate', key, 'The key is in this mapping already.'));
        continue;
      }
      value[name] = this.inside(name, () => this.read(inner));
    }
    return value;
  }

  /** The key as text; undefined when it is not accepted, which has been reported. */
  private readKey(key: ParsedNode | null): string | undefined {
    if (key === null || !isScalar(key) || typeof key.value !== 'string') {
      this.report('key.not_text', key, 'The key of this field is not text.');
      return undefined;
    }
    if (key.anchor !== undefined) this.anchors.set(key.anchor, key);
    if (key.tag !== undefined) this.report('yaml.tag', key, 'The key has a tag.');
    if (key.value === FORBIDDEN_KEY) {
      this.report('key.forbidden', key, `A key may not be named ${FORBIDDEN_KEY}.`);
      return undefined;
    }
    if (key.value === '<<' && key.type === 'PLAIN') {
      this.report('yaml.merge_key', key, 'The mapping merges another one.');
      return undefined;
    }
    return key.value;
  }

  private readScalar(node: Scalar.Parsed): unknown {
    const { value } = node;
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) return this.report('number.not_finite', node, 'The value is not a finite number.');
    const written = node.source ?? this.text.slice(node.range[0], node.range[1]);
    if (/^[-+]?0[0-9xo]/.test(written)) {
      return this.report(
        'number.not_decimal',
        node,
        'The number begins with a zero, which some readers take for octal.',
      );
    }
    return value;
  }

  private readAlias(node: ParsedNode & { source: string }): unknown {
    const target = this.anchors.get(node.source);
    if (!target) return this.report('yaml.alias_unknown', node, 'No anchor of that name comes before the alias.');
    if (this.open.has(target)) return this.report('yaml.alias_cycle', node, 'The alias lies within its own anchor.');
    this.targets.set(node, target);
    this.aliasDepth++;
    const value = this.read(target);
    this.aliasDepth--;
    return value;
  }

  private afford(node: ParsedNode): boolean {
    this.values++;
    if (this.aliasDepth > 0) this.aliasedValues++;
    if (this.aliasedValues > SOURCE_LIMITS.aliasedValues) {
      this.report('yaml.alias_bomb', node, `Aliases stand for more than ${SOURCE_LIMITS.aliasedValues} values.`);
    } else if (this.values > SOURCE_LIMITS.values) {
      this.report('document.too_large', node, `The document has more than ${SOURCE_LIMITS.values} values.`);
    } else return true;
    this.exhausted = true;
    return false;
  }

  private inside<T>(step: string | number, read: () => T): T {
    this.path.push(step);
    const result = read();
    this.path.pop();
    return result;
  }

  private report(code: ProblemCode, node: ParsedNode | null, message: string): null {
    if (this.problems.length < SOURCE_LIMITS.problems) {
      this.problems.push({ code, path: [...this.path], offset: node?.range[0] ?? 0, message });
    }
    return null;
  }
}
