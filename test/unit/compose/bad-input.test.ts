/** Texts that are no Compose documents: each has its own message, and none takes long. */
import { describe, expect, it } from '@jest/globals';
import { loadCompose } from '../../../compose/load.ts';
import { INPUT_CPU_MAX_MS } from '../../support/cpu-time.ts';
import { accept, refuse, timed } from './documents.ts';

const GOOD = 'name: a\nservices: {web: {image: a}}\n';
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

/** Problems as `line:column message`, within the limit of time. */
function told(input: string | Uint8Array): string[] {
  const { value: problems, cpuMs } = timed(() => refuse(input));
  expect(cpuMs).toBeLessThan(INPUT_CPU_MAX_MS);
  for (const { remedy } of problems) expect(remedy).toMatch(/./);
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('texts', () => {
  it.each([
    ['', '1:1 the document is empty'],
    ['# nothing\n', '1:1 the document is empty'],
    ['a: b\n\tc: d\n', '2:1 a tab is used as indentation'],
    ['a: 1\n---\nb: 2\n', '2:1 the file holds more than one YAML document'],
    ['a: 1\na: 2\n', '2:1 `a` is given twice; the first time in line 1'],
    ['a: "\\0"\n', '1:4 the text contains a character that no program can be given'],
    ['a: "\\uD800"\n', '1:4 the text contains a character that no program can be given'],
    ['a: b\u0000c\n', '1:5 the document contains a NUL character'],
    ['a: b\u001bc\n', '1:5 the document contains the control character U+001B'],
    ['a: *b\n', '1:4 nothing before this line is anchored as `&b`'],
    ['a: &a [*a]\n', '1:8 the alias `*a` contains itself'],
    ['a: &a {b: *a}\n', '1:11 the alias `*a` contains itself'],
    ['a: {<<: b}\n', '1:9 `<<` merges maps only'],
    ['? [a]\n: b\n', '1:3 a key of a map must be a text'],
    ['a: !reset b\n', expect.stringMatching(/^1:4 unresolved tag/)],
    ['a: !!binary aGk=\n', '1:13 the tag `tag:yaml.org,2002:binary` is not read'],
    ['%YAML 1.1\n---\na: b\n', '1:1 the directive `%YAML` is not read'],
    ['a: [b\n', expect.stringMatching(/^2:1 not valid YAML: flow sequence/)],
    ['a: b: c\n', expect.stringMatching(/^1:4 not valid YAML: nested mappings/)],
    ['a: "b\n', expect.stringMatching(/^2:1 not valid YAML: missing closing/)],
    ['['.repeat(2000), expect.stringMatching(/the document is nested too deeply/)],
    [`a: ${'['.repeat(60)}${']'.repeat(60)}`, '1:54 the document is nested too deeply'],
  ])('%j', (text, first) => {
    expect(told(text)[0]).toEqual(first);
  });

  it('tells all errors of syntax at once', () => {
    expect(told('a: *x\nb: *y\nc: {d: 1, d: 2}\n')).toEqual([
      '1:4 nothing before this line is anchored as `&x`',
    ]);
    expect(told('a: "\\0"\nb: "\\0"\nc: 1\nc: 2\n')).toHaveLength(3);
  });
});

describe('bytes', () => {
  it.each([
    ['Latin-1', bytes('name: a\nx-city: Z', [0xfc], 'rich\n'), '2:10 the document is not valid UTF-8'],
    ['half a character at the end', bytes('name: ', [0xc3]), '1:7 the document is not valid UTF-8'],
    ['an overlong form', bytes([0xc0, 0xaf]), '1:1 the document is not valid UTF-8'],
    ['half of a pair', bytes([0xed, 0xa0, 0x80]), '1:1 the document is not valid UTF-8'],
    ['UTF-16', Buffer.from('\uFEFFname: a', 'utf16le'), '1:1 the document is not valid UTF-8'],
    ['UTF-16 without a mark', Buffer.from('name: a', 'utf16le'), '1:2 the document contains a NUL character'],
  ])('%s', (_what, input, first) => {
    expect(told(input)).toEqual([first]);
  });

  it('a text with half of a pair', () => {
    expect(told('name: \uD800')).toEqual(['1:7 the document is not valid UTF-8']);
  });

  it('takes UTF-8 with and without a mark, as bytes and as text', () => {
    for (const text of [GOOD, `\uFEFF${GOOD}`]) {
      expect(accept(text).spec).toEqual(accept(GOOD).spec);
      expect(accept(Buffer.from(text)).spec).toEqual(accept(GOOD).spec);
    }
  });
});

describe('size', () => {
  it('reads 1 MB and not a byte more', () => {
    const padded = (length: number) => GOOD + '#'.repeat(length - GOOD.length);
    expect(accept(padded(1_000_000)).spec.name).toBe('a');
    expect(told(padded(1_000_001))).toEqual(['1:1 the document has 1000001 bytes; at most 1000000 are read']);
    expect(told(Buffer.alloc(10_000_000, 'a'))).toEqual([
      '1:1 the document has 10000000 bytes; at most 1000000 are read',
    ]);
  });

  it('counts bytes, not characters', () => {
    expect(told('ä'.repeat(500_001))).toEqual([
      '1:1 the document has 1000002 bytes; at most 1000000 are read',
    ]);
  });

  it('refuses a spec that is too large to be stored', () => {
    const environment = Array.from({ length: 10 }, (_, i) => `A${i}: ${'x'.repeat(32_000)}`).join(', ');
    expect(told(`name: a\nservices: {web: {image: a, environment: {${environment}}}}`)).toEqual([
      expect.stringMatching(/the stack's spec has 320\d\d\d bytes; at most 300000 are stored/),
    ]);
  });

  it('lists 500 problems and the number of the rest', () => {
    const environment = Array.from({ length: 600 }, (_, i) => `A${i}`).join(', ');
    const problems = refuse(`name: a\nservices: {web: {image: a, environment: [${environment}]}}`);
    expect(problems).toHaveLength(501);
    expect(problems.at(-1)).toEqual({
      path: '',
      message: '100 more problems are not listed',
      remedy: 'mend these first',
    });
  });
});

describe('bombs', () => {
  const lol = `a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
g: &g [*f, *f, *f, *f, *f, *f, *f, *f, *f]
`;
  const merges = Array.from({ length: 40 }, (_, i) => `m${i + 1}: &m${i + 1} {a: *m${i}, b: *m${i}}\n`).join(
    '',
  );
  const tooMany = "1:1 the document's aliases stand for more than 10000 values";

  it.each([
    ['lists of lists', lol],
    ['maps of maps', `m0: &m0 {x: 1}\n${merges}`],
    [
      'merges of merges',
      `x-0: &m0 {x: 1}\n${merges.replace(/\{a: (\*m\d+), b: (\*m\d+)\}/g, '{<<: [$1, $2], y: $1}')}`,
    ],
    ['one text, many times', `a: &a "${'x'.repeat(50)}"\nb: [${'*a, '.repeat(12_000)}]\n`],
  ])('%s', (_what, text) => {
    expect(told(text)[0]?.replace(/^\d+:\d+/, '1:1')).toBe(tooMany);
  });

  it('one long text, many times', () => {
    const long = `x-a: &a "${'x'.repeat(900_000)}"\nb: [${'*a, '.repeat(9_000)}]\n`;
    expect(told(long)[0]).toMatch(/the document's aliases stand for more than 1000000 characters/);
  });

  it('a long name above many others is cut in their paths', () => {
    const others = Array.from({ length: 5_000 }, (_, i) => `a${i}: 1`).join(', ');
    const text = `services: {? ${'k'.repeat(900_000)} : {${others}}}`;
    told(text);
    expect(JSON.stringify(refuse(text)).length).toBeLessThan(500_000);
  });

  it('do not keep anchors from being used many times', () => {
    const services = Array.from({ length: 100 }, (_, i) => `  s${i}: {<<: *base, labels: *labels}\n`).join(
      '',
    );
    const base = 'x-base: &base {image: a, environment: {A: "1", B: "2", C: "3"}, restart: always}\n';
    const text = `name: a\n${base}x-labels: &labels {a: "1", b: "2"}\nservices:\n${services}`;
    expect(Object.keys(accept(text).spec.services)).toHaveLength(100);
  });

  const MEGABYTE = 999_000;
  it.each([
    ['[', ''],
    ['{', ''],
    ['- ', ''],
    ['? ', ''],
    ['&a ', ''],
    ['*a ', ''],
    ['"', ''],
    ["'", ''],
    ['!', ''],
    ['%a\n', ''],
    ['---\n', ''],
    ['...\n', ''],
    ['[]', ''],
    [']', ''],
    [':', ''],
    [': ', ''],
    ['\n', ''],
    ['#\n', ''],
    ['\t', ''],
    ['\r', ''],
    ['a: ', ''],
    ['a:\n', ''],
    ['|\n', ''],
    ['<<: ', ''],
    ['{a: ', ''],
    ['1,', '['],
    ['[],', '['],
    ['a,', '{'],
    ['a: b\n', ''],
    [' a\n', 'a:\n'],
    ['$A', 'name: "'],
    ['$$', 'name: "'],
    ['\\x41', 'name: "'],
    ['a-', 'services: {web: {image: '],
    ['a/', 'services: {web: {image: '],
    ['1s', 'services: {web: {stop_grace_period: '],
    ["'a", 'services: {web: {command: '],
  ])('1 MB of %j after %j', (unit, head) => {
    told(head + unit.repeat(Math.floor((MEGABYTE - head.length) / unit.length)));
  });
});

it('answers whatever the input is', () => {
  const inputs: unknown[] = [
    'null',
    '~',
    '0',
    'true',
    '""',
    '[]',
    '{}',
    '- a',
    '- name: a',
    'services: *a',
    '{<<: {}}',
  ];
  for (const input of inputs) expect(loadCompose(input as string).kind).toBe('refused');
});
