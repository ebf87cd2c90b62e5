/** Bodies made to break the API: each is a refusal of 4xx, soon, small, and leaves nothing behind. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { errorReply } from '../../../contract/http-api.ts';
import { EXAMPLES } from '../../../contract/openapi-examples.ts';
import { apiWithTwins, type ApiAnswer, type ApiCall } from '../../support/api-with-twins.ts';
import { INPUT_CPU_MAX_MS } from '../../support/cpu-time.ts';

/** Lambda's limit for an answer is 6 MB. */
const ANSWER_MAX_BYTES = 1_000_000;

const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';
const PUT = 'PUT /v1/stacks/shop';
const SPEC = JSON.stringify(EXAMPLES.StackSpec);
const spec = (from: string, to: string): string => {
  if (!SPEC.includes(from)) throw new Error(`the example has no ${from}`);
  return SPEC.replace(from, to);
};
const padded = (bytes: number): Buffer => Buffer.alloc(bytes, ' ');
const long = 'x'.repeat(900_000);

const api = apiWithTwins();
let before: unknown;
beforeEach(async () => {
  before = await api.rows();
});
afterEach(async () => {
  expect(await api.rows()).toEqual(before);
  expect(api.errors).toEqual([]);
});

/** The first problem, or the message where there is none. */
function refused(answer: ApiAnswer, status = 400): string {
  expect(answer.status).toBe(status);
  const { error } = errorReply.parse(answer.body);
  expect(error.problems.filter(({ remedy = '' }) => remedy === '')).toEqual([]);
  expect(answer.cpuMs).toBeLessThan(INPUT_CPU_MAX_MS);
  expect(answer.bytes).toBeLessThan(ANSWER_MAX_BYTES);
  const [problem] = error.problems;
  return problem ? `${problem.path}: ${problem.message}` : error.message;
}

describe('a body of JSON', () => {
  it.each<[what: string, body: string | Buffer, says: RegExp]>([
    ['nothing', '', /Unexpected end/],
    ['half of it', SPEC.slice(0, -5), /JSON/],
    ['two of it', SPEC + SPEC, /JSON/],
    ['a value alone', '7', /expected object/],
    ['a list', '[]', /expected object/],
    ['10^5 lists, open', '['.repeat(100_000), /nested more than 50/],
    ['10^5 lists, closed', '['.repeat(100_000) + ']'.repeat(100_000), /nested more than 50/],
    ['10^5 maps', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), /nested more than 50/],
    [
      '6 * 10^4 names',
      `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join()}}`,
      /more than 50000/,
    ],
    ['4 * 10^4 names', `{${Array.from({ length: 40_000 }, (_, i) => `"k${i}":1`).join()}}`, /./],
    ['4 * 10^4 bad services', spec('{"web"', `{${'"A":1,'.repeat(1)}"web"`), /is no DNS label/],
    ['a name twice', spec('"init":false', '"init":false,"init":true'), /web.init: the name is given twice/],
    ['__proto__', spec('"labels":{}', '"labels":{"__proto__":"a"}'), /labels.__proto__: .*cannot be stored/],
    ['__proto__ as a service', spec('"web"', '"__proto__"'), /services.__proto__: .*cannot be stored/],
    [
      'constructor as a property',
      spec('"init"', '"constructor":1,"init"'),
      /constructor: there is no such property/,
    ],
    ['NaN', spec('"replicas":1', '"replicas":NaN'), /not valid JSON/],
    ['1e999', spec('"replicas":1', '"replicas":1e999'), /replicas: .*Infinity/],
    ['a number past 2^53', spec('"replicas":1', '"replicas":9007199254740993'), /replicas/],
    ['half of a pair', spec('"shop-web"', '"\\ud800"'), /image: /],
    ['NUL', spec('"labels":{}', '"labels":{"a":"\\u0000"}'), /labels.a: .*no program can be given/],
    ['bytes that are no UTF-8', Buffer.from('{"name":"sh\xf6p"}', 'latin1'), /UTF-8|utf-8/],
    ['UTF-16', Buffer.from(SPEC, 'utf16le'), /JSON|utf-8/],
    ['gzip', gzipSync(SPEC), /JSON|utf-8/],
    ['1 MB in one name', spec('"name"', `"${long}":1,"name"`), /^\["x+…"\]: there is no such property/],
    ['1 MB in one text', spec('"shop-web"', JSON.stringify(long)), /image/],
    [
      'a command of 128 KB',
      spec('"init"', `"command":["${'x'.repeat(131_072)}"],"init"`),
      /command\[0\]: Too big/,
    ],
    [
      'a command of 513 words',
      spec('"init"', `"command":[${'"x",'.repeat(512)}"x"],"init"`),
      /command: Too big/,
    ],
    ['a variable of 900 KB', spec('"labels":{}', `"labels":{"a":"${long}"}`), /labels.a: Too big/],
    ['a name of another stack', spec('"shop"', '"other"'), /other/],
    ['no services', '{"name":"shop","services":{}}', /services: a stack needs a service/],
  ])('%s', async (_what, body, says) => {
    expect(refused(await api.call({ what: PUT, body, type: JSON_TYPE }))).toMatch(says);
  });

  it.each<[what: string, value: string]>([
    ...['-1', '1.5', '2147483648', '"3"', 'true', 'null', '[1]', '1001'].map((value): [string, string] => [
      'replicas',
      value,
    ]),
    ...['0', '65536', '-22', '80.5', '"80"'].map((value): [string, string] => ['container', value]),
    ...['-1', '"1"', '0.5', '1e300'].map((value): [string, string] => ['reservedMemoryBytes', value]),
    ...['-1', '3600001', '"5s"'].map((value): [string, string] => ['stopGraceMs', value]),
    ...['0', '4194305'].map((value): [string, string] => ['limitPids', value]),
  ])('with the number %s: %s', async (name, value) => {
    const body = SPEC.replace(new RegExp(`"${name}":[0-9]+`), `"${name}":${value}`);
    expect(body).not.toBe(SPEC);
    expect(refused(await api.call({ what: PUT, body, type: JSON_TYPE }))).toMatch(new RegExp(`\\.${name}: `));
  });

  it('of too many wrong values lists five hundred of them', async () => {
    const names = Array.from({ length: 900 }, (_, i) => `"k${i}":1`).join();
    const answer = await api.call({ what: PUT, body: spec('"init"', `${names},"init"`), type: JSON_TYPE });
    refused(answer);
    const { problems } = errorReply.parse(answer.body).error;
    expect(problems).toHaveLength(501);
    expect(problems.at(-1)?.message).toBe('400 more problems are not listed');
  });

  it('past a limit is told which', async () => {
    const services = (count: number, text: string) =>
      JSON.stringify({
        name: 'shop',
        services: Object.fromEntries(
          Array.from({ length: count }, (_, i) => [
            `s${i}`,
            { ...EXAMPLES.StackSpec.services.web, labels: { a: text } },
          ]),
        ),
      });
    const call = (body: string) => api.call({ what: PUT, body, type: JSON_TYPE });
    expect(refused(await call(services(101, '')))).toMatch(/services: 101 services.*at most 100/);
    // Bytes are stored, not characters.
    expect(refused(await call(services(10, 'ä'.repeat(16_000))))).toMatch(
      /has 32\d{4} bytes, at most 300000/,
    );
  });
});

describe('a body of YAML', () => {
  const web = (rest: string) => `services: {web: {image: a, ${rest}}}`;
  const aliases = '*a, '.repeat(9_000);
  it.each<[what: string, body: string, says: RegExp]>([
    ['nothing', '', /empty/],
    ['10^5 lists', '['.repeat(100_000), /nested too deeply|tokens/],
    [
      'an alias of a long text, many times',
      `x-a: &a "${long}"\n${web(`command: [${aliases}]`)}`,
      /characters/,
    ],
    [
      'a long name above many others',
      `services: {? ${'k'.repeat(500_000)} : {${'a: 1, '.repeat(9000)}}}`,
      /./,
    ],
    ['a name that is used twice', web('init: true, init: false'), /given twice/],
    ['__proto__', web('environment: {__proto__: a}'), /cannot be stored/],
    ['a port in octal', web('ports: [010]'), /others read otherwise/],
    ['a number in scientific notation', web('ports: [1e3]'), /others read otherwise/],
    ['tags of JavaScript', web('command: !!js/function "a"'), /tag/],
    ['a key that is a list', 'services: {? [a] : {image: a}}', /must be a text/],
    ['two documents', 'services: {}\n---\nservices: {}', /more than one/],
    ['a tab', 'services:\n\tweb: {}', /tab/],
    ['JSON of a spec', SPEC, /has no `target`/],
    ['a punycode-like name', 'services: {"xn--pple-43d.com": {image: a}}', /DNS label/],
    ['a Cyrillic letter', 'services: {"аpi": {image: a}}', /DNS label/],
  ])('%s', async (_what, body, says) => {
    expect(refused(await api.call({ what: PUT, body, type: YAML_TYPE }))).toMatch(says);
  });
});

describe('any body', () => {
  it.each<[what: string, call: Omit<ApiCall, 'what'>, status: number, says: RegExp]>([
    ['of 1 MB and a byte', { body: padded(1_000_001), type: JSON_TYPE }, 413, /too large/],
    ['of 10 MB', { body: padded(10_000_000), type: YAML_TYPE }, 413, /too large/],
    ['without a type', { body: SPEC }, 415, /content type is missing/],
    ['of another type', { body: SPEC, type: 'text/plain' }, 415, /content type is text\/plain/],
    ['of a type that only begins like ours', { body: SPEC, type: 'application/json5' }, 415, /json5/],
    [
      'that says it is packed',
      { body: SPEC, type: JSON_TYPE, headers: { 'Content-Encoding': 'gzip' } },
      415,
      /encoded as gzip/,
    ],
  ])('%s', async (_what, call, status, says) => {
    expect(refused(await api.call({ what: PUT, ...call }), status)).toMatch(says);
  });

  it.each(['-1', '0', '1e9', '1001', 'NaN', '0x10', '1;drop', ''])('limit=%s', async (limit) => {
    expect(refused(await api.call({ what: 'GET /v1/events', query: { limit } }))).toMatch(/^limit: /);
  });

  it.each(['..', '%2e%2e', 'A', 'a b', 'xn--', 'аpi', "a'b", '$(x)', '*', '@', 'x'.repeat(64)])(
    'of a stack %s',
    async (stack) => {
      for (const method of ['PUT', 'GET', 'DELETE'])
        expect(refused(await api.call({ what: `${method} /v1/stacks/${stack}`, body: SPEC }))).toMatch(
          /^stack: /,
        );
    },
  );
});

describe('what looks odd and is fine', () => {
  const kept = apiWithTwins();
  it.each<[what: string, body: string, type: string]>([
    ['a byte order mark', `\uFEFF${SPEC}`, JSON_TYPE],
    ['a type with a charset', SPEC, 'Application/JSON; charset=utf-8'],
    ['minus nothing', spec('"replicas":1', '"replicas":-0'), JSON_TYPE],
    ['constructor as a variable', spec('"labels":{}', '"labels":{"constructor":"a"}'), JSON_TYPE],
    ['LD_PRELOAD: a variable like any other', spec('"labels":{}', '"labels":{"LD_PRELOAD":"a"}'), JSON_TYPE],
    [
      'an empty first word: Docker will say what comes of it',
      spec('"init"', '"command":[""],"init"'),
      JSON_TYPE,
    ],
    ['a shell’s characters', spec('"labels":{}', '"labels":{"a":"$(x); rm -rf \\"/\\""}'), JSON_TYPE],
    ['ports that others reserve', spec('"container":8080', '"container":2375'), JSON_TYPE],
    ['a service called localhost', spec('"web"', '"localhost"'), JSON_TYPE],
    ['YAML with a mark, and words of YAML 1.1', '\uFEFFservices: {web: {image: a, init: on}}', YAML_TYPE],
  ])('%s', async (_what, body, type) => {
    expect(await kept.call({ what: PUT, body, type })).toMatchObject({ status: 200 });
    expect(kept.errors).toEqual([]);
  });
});
