import { Composer, Lexer, Parser, type CST } from 'yaml';
import { toValues } from './yaml-values';
import { SOURCE_LIMITS, type SourceDocument, type SourceProblem } from './source-document';

/** The parser keeps about two entries on its stack for each level of the document. */
const STACK_LIMIT = SOURCE_LIMITS.depth * 3;

/**
 * Reads one YAML 1.2 document of plain values. Anything that only costs or confuses (tags, directives, merge keys, several
 * documents, keys that are no text) is a problem, and so is what would cost more than the limits.
 */
export function readYaml(text: string): SourceDocument {
  const read = withPlainEnvironment(() => readTokens(text));
  if ('problem' in read) return unreadable([read.problem]);
  const directive = read.tokens.find(({ type }) => type === 'directive');
  if (directive && 'offset' in directive) {
    return unreadable([problem('yaml.directive', directive.offset, 'The text has a directive.')]);
  }
  const documents = [
    ...new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent' }).compose(read.tokens),
  ];
  const [first, second] = documents;
  const syntax = documents.flatMap(({ errors }) => errors).slice(0, SOURCE_LIMITS.problems);
  if (syntax.length > 0) {
    return unreadable(syntax.map(({ message, pos }) => problem('blueprint.syntax', pos[0], sentence(message))));
  }
  if (!first?.contents) return unreadable([problem('document.empty', 0, 'The document is empty.')]);
  const document = toValues(first.contents, text);
  if (!second) return document;
  const several = problem('yaml.multiple_documents', second.range[0], 'A second document begins here.');
  return { ...document, problems: [...document.problems, several] };
}

/**
 * The parser of `yaml` looks for LOG_TOKENS in process.env at each token, and each look is a call out of JavaScript: half the
 * time of a large document. A plain object stands in while it runs, which nobody else can see: it runs synchronously.
 */
function withPlainEnvironment<T>(read: () => T): T {
  const environment = process.env;
  process.env = {};
  try {
    return read();
  } finally {
    process.env = environment;
  }
}

/** Stops at the first token that lies too deep: composing what is nested further would exhaust the stack. */
function readTokens(text: string): { tokens: CST.Token[] } | { problem: SourceProblem } {
  const tokens: CST.Token[] = [];
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > STACK_LIMIT) {
      return {
        problem: problem('document.too_deep', parser.offset, `There are more than ${SOURCE_LIMITS.depth} levels.`),
      };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

function unreadable(problems: readonly SourceProblem[]): SourceDocument {
  return { value: undefined, problems, locate: () => 0 };
}

function problem(code: SourceProblem['code'], offset: number, message: string): SourceProblem {
  return { code, path: [], offset, message };
}

function sentence(message: string): string {
  const [line = ''] = message.split('\n', 1);
  const text = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return /[.…]$/.test(text) ? text : `${text}.`;
}
