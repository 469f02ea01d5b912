import { validateDocument } from '../validate-document';

const VALID = 'schemaVersion: 1\nname: lab\nnodes: [{ name: a, template: t, isolated: true }]\n';

function codesOf(source: string | Uint8Array, contentType: 'yaml' | 'json' = 'yaml'): string[] {
  return validateDocument(source, { contentType }).problems.map(({ code }) => code);
}

/** Each level is nine times the one before. */
function aliasBomb(levels: number): string {
  const lines = ['l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]'];
  for (let i = 1; i < levels; i++)
    lines.push(
      `l${i}: &l${i} [${Array(9)
        .fill(`*l${i - 1}`)
        .join(', ')}]`,
    );
  return `${lines.join('\n')}\n`;
}

test('the document that the others are variations of is valid', () => {
  expect(validateDocument(VALID)).toMatchObject({ valid: true, problems: [] });
});

test.each<[string, string | Uint8Array, string]>([
  ['nothing', '', 'document.empty'],
  ['comments alone', '# nothing\n', 'document.empty'],
  ['spaces alone', '  \n\n', 'document.empty'],
  ['a list at the top', '- a\n- b\n', 'document.not_a_mapping'],
  ['one word', 'hello', 'document.not_a_mapping'],
  ['an unclosed bracket', 'name: [a', 'blueprint.syntax'],
  ['bytes that are not UTF-8', Uint8Array.of(0x6e, 0x3a, 0x20, 0xff, 0xfe), 'document.not_utf8'],
  ['UTF-16', Buffer.from('\ufeffname: lab', 'utf16le'), 'document.not_utf8'],
  ['a NUL', `${VALID}description: "a\u0000b"\n`, 'document.control_character'],
  ['half of a surrogate pair', `${VALID}description: \ud800\n`, 'document.control_character'],
  ['an alias bomb', aliasBomb(12), 'yaml.alias_bomb'],
  ['an alias within its own anchor', `${VALID}labels: &a { b: *a }\n`, 'yaml.alias_cycle'],
  ['an alias without an anchor', `${VALID}description: *nothing\n`, 'yaml.alias_unknown'],
  ['a key twice', `${VALID}name: other\n`, 'key.duplicate'],
  ['a million brackets', '['.repeat(1_000_000), 'document.too_deep'],
  ['a million hyphens', '- '.repeat(500_000), 'document.too_deep'],
  [
    'ninety levels of mappings',
    Array.from({ length: 90 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    'document.too_deep',
  ],
  ['a custom tag', `${VALID}description: !evil x\n`, 'yaml.tag'],
  ['a tag of a language', `${VALID}description: !!js/function x\n`, 'yaml.tag'],
  ['a tag on a list', VALID.replace('[{', '!!set [{'), 'yaml.tag'],
  ['a merge key', `${VALID}labels: &l { a: b }\n<<: *l\n`, 'yaml.merge_key'],
  ['two documents', `${VALID}---\n${VALID}`, 'yaml.multiple_documents'],
  ['a YAML 1.1 directive', `%YAML 1.1\n---\n${VALID}`, 'yaml.directive'],
  ['a key __proto__', `${VALID}__proto__: { a: b }\n`, 'key.forbidden'],
  ['a number for a key', `${VALID}1: x\n`, 'key.not_text'],
  ['a list for a key', `${VALID}? [a, b]\n: x\n`, 'key.not_text'],
  ['1e400', `${VALID}count: 1e400\n`, 'number.not_finite'],
  ['not a number', `${VALID}count: .nan\n`, 'number.not_finite'],
  ['a leading zero', `${VALID}count: 0755\n`, 'number.not_decimal'],
  ['octal', `${VALID}count: 0o17\n`, 'number.not_decimal'],
  ['yes for true', VALID.replace('true', 'yes'), 'field.type'],
  ['a scalar of a megabyte', VALID.replace('lab', 'x'.repeat(1_000_000)), 'field.bounds'],
  ['an unknown version', VALID.replace('1', '7'), 'schema.version_unsupported'],
])('%s is answered by a problem', (_what, source, code) => {
  const result = validateDocument(source);

  expect(result.valid).toBe(false);
  expect(result.problems.map((problem) => problem.code)).toContain(code);
});

test.each([
  ['a key twice', '{"name": "a", "name": "b"}', 'key.duplicate'],
  ['a key __proto__', '{"__proto__": {"valid": true}}', 'key.forbidden'],
  ['a comment', '{"name": "a" /* b */}', 'blueprint.syntax'],
  ['a trailing comma', '{"name": "a",}', 'blueprint.syntax'],
  ['a text without an end', `{"name": "${'\\n'.repeat(100_000)}`, 'blueprint.syntax'],
  ['two values', '{} {}', 'blueprint.syntax'],
  ['a million brackets', '['.repeat(1_000_000), 'document.too_deep'],
  ['1e400', '{"count": 1e400}', 'number.not_finite'],
  ['YAML', VALID, 'blueprint.syntax'],
])('JSON with %s is answered by a problem', (_what, source, code) => {
  expect(codesOf(source, 'json')).toContain(code);
});

test('a byte order mark and Windows line ends are accepted', () => {
  expect(codesOf(`\ufeff${VALID.replaceAll('\n', '\r\n')}`)).toEqual([]);
});

test('aliases are accepted as long as they stand for little', () => {
  const text = VALID.replace(
    'isolated: true }',
    'isolated: true, labels: &l { a: b } }, { name: b, template: t, isolated: true, labels: *l }',
  );

  expect(codesOf(text)).toEqual([]);
});

test('syntax problems carry line and column', () => {
  const [problem] = validateDocument('name: lab\nnodes: [a, b\nschemaVersion: 1\n').problems;

  expect(problem).toMatchObject({ code: 'blueprint.syntax', line: 3, column: 1 });
});

test('JSON problems carry line and column', () => {
  const result = validateDocument('{\n  "schemaVersion": 1,\n  "nmae": "lab"\n}', { contentType: 'json' });

  expect(result.problems).toContainEqual(expect.objectContaining({ code: 'field.unknown', line: 3, column: 3 }));
});

test('a document of nothing but mistakes is cut after a thousand', () => {
  const result = validateDocument(VALID + Array.from({ length: 5_000 }, (_, i) => `wrong${i}: 1\n`).join(''));

  expect(result.problems).toHaveLength(1_000);
  expect(result.truncated).toBe(true);
});

test('no problem repeats a private key', () => {
  const secret = '-----BEGIN OPENSSH PRIVATE KEY-----b3BlbnNzaC1rZXk';
  const result = validateDocument(VALID.replace('isolated', `cloudInit: { sshKeys: ["${secret}"] }, isolated`));

  expect(result.problems.map(({ code }) => code)).toEqual(['cloud_init.private_key']);
  expect(JSON.stringify(result)).not.toContain('b3BlbnNz');
});
