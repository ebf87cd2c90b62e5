/** Input that is wrong in every way we know: each is refused with what, where and how to mend it, and nothing is stored. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { BODY_MAX_BYTES } from '../../../contract/http-api.ts';
import type { ErrorReply } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { loadCompose } from '../../../compose/load.ts';
import { cpuTimer, INPUT_CPU_MAX_MS } from '../../support/cpu-time.ts';
import { call, refusalOf } from '../support/calls.ts';
import type { Call } from '../support/calls.ts';
import { deploy } from '../support/stacks.ts';
import { differences, restingRows } from '../support/table.ts';
import { tell } from '../support/tell.ts';

const STACK = 'broken';
const YAML = 'application/yaml';
const JSON_TYPE = 'application/json';
const put = (body: string | Uint8Array, type = YAML, stack = STACK): Call => ({
  method: 'PUT',
  path: `/v1/stacks/${stack}`,
  body,
  type,
});

/** Five keys that nobody knows, at five depths. */
const UNKNOWN_KEYS = `nme: ${STACK}
services:
  web:
    image: shop-web
    imge: shop-web
    healthcheck:
      test: [CMD, 'true']
      intervall: 1s
    deploy:
      replica: 2
      resources:
        limits:
          memry: 64M
`;
const UNKNOWN_AT = [
  ['nme', 1, 1],
  ['services.web.imge', 5, 5],
  ['services.web.healthcheck.intervall', 8, 7],
  ['services.web.deploy.replica', 10, 7],
  ['services.web.deploy.resources.limits.memry', 13, 11],
];

/** Nine to the tenth power of texts, were it expanded. */
const BOMB = [
  'a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]',
  ...Array.from({ length: 9 }, (_, level) => {
    const alias = `*a${String(level)}`;
    return `a${String(level + 1)}: &a${String(level + 1)} [${Array<string>(9).fill(alias).join(', ')}]`;
  }),
  'services: { web: { image: shop-web, command: *a9 } }',
].join('\n');

const web = (rest: string): string => `services:\n  web:\n    image: shop-web\n${rest}`;

interface Refused {
  readonly status: number;
  readonly code: ErrorReply['error']['code'];
  /** In the message or in the first problem. */
  readonly says: RegExp;
  /** Of the first problem. */
  readonly at?: readonly [path: string, line?: number, column?: number];
}

const CASES: readonly (readonly [what: string, input: Call, refused: Refused])[] = [
  [
    'a service without an image',
    put('services:\n  web:\n    ports: [8080]\n'),
    { status: 400, code: 'invalid-document', says: /image/, at: ['services.web', 2, 3] },
  ],
  [
    'a port out of range',
    put(web('    ports: [70000]\n')),
    { status: 400, code: 'invalid-document', says: /65,?535/, at: ['services.web.ports[0]', 4, 13] },
  ],
  ['a YAML bomb', put(BOMB), { status: 400, code: 'invalid-document', says: /alias|large|many|expand/i }],
  [
    'a stack name that is no DNS label, in the path',
    put(web(''), YAML, 'My_Stack'),
    { status: 400, code: 'invalid-request', says: /My_Stack/, at: ['stack'] },
  ],
  [
    'a stack name that is no DNS label, in the file',
    put(`name: My_Stack\n${web('')}`),
    { status: 400, code: 'invalid-document', says: /DNS label|lower-case/, at: ['name', 1, 7] },
  ],
  [
    'a service name that is no DNS label',
    put('services:\n  Web_1: { image: shop-web }\n'),
    { status: 400, code: 'invalid-document', says: /DNS label|lower-case/, at: ['services.Web_1', 2, 3] },
  ],
  [
    'two services of one name',
    put(web('  web:\n    image: shop-api\n')),
    { status: 400, code: 'invalid-document', says: /`web` is given twice/, at: ['services.web', 4, 3] },
  ],
  [
    'two ports of one name',
    put(web('    ports:\n      - { target: 80, name: http }\n      - { target: 81, name: http }\n')),
    { status: 400, code: 'invalid-document', says: /http/, at: ['services.web.ports[1]', 6, 9] },
  ],
  [
    'broken UTF-8',
    put(Buffer.concat([Buffer.from('x-city: Z'), Buffer.from([0xfc]), Buffer.from(`rich\n${web('')}`)])),
    { status: 400, code: 'invalid-document', says: /UTF-8/, at: ['', 1, 10] },
  ],
  [
    'broken UTF-8 in JSON',
    put(Buffer.from('{"name": "br\xfcken", "services": {}}', 'latin1'), JSON_TYPE),
    { status: 400, code: 'invalid-request', says: /UTF-8|DNS label|does not fit/ },
  ],
  [
    'JSON that ends too early',
    put('{"name": "broken"', JSON_TYPE),
    { status: 400, code: 'invalid-request', says: /not JSON/, at: [''] },
  ],
  [
    'JSON that does not fit',
    put('{"name": "broken", "services": {"web": {"image": 7, "imge": "x"}}}', JSON_TYPE),
    { status: 400, code: 'invalid-request', says: /does not fit/, at: ['services.web.image'] },
  ],
  [
    'JSON of another stack',
    put('{"name": "other", "services": {}}', JSON_TYPE),
    { status: 400, code: 'invalid-document', says: /other/ },
  ],
  [
    'a wrong content type',
    put(web(''), 'text/plain'),
    { status: 415, code: 'unsupported-media-type', says: /text\/plain.*application\/yaml/ },
  ],
  [
    'a setting out of range',
    { method: 'PATCH', path: '/v1/cluster', type: JSON_TYPE, body: '{"pollMs": 1}' },
    { status: 400, code: 'invalid-request', says: /does not fit/, at: ['pollMs'] },
  ],
  [
    'a setting that does not exist',
    { method: 'PATCH', path: '/v1/cluster', type: JSON_TYPE, body: '{"polMs": 1000}' },
    { status: 400, code: 'invalid-request', says: /does not fit/, at: ['polMs'] },
  ],
  [
    'a stack that is not there',
    { method: 'DELETE', path: '/v1/stacks/nowhere' },
    { status: 404, code: 'not-found', says: /nowhere/ },
  ],
  [
    'a number of events that is no number',
    { method: 'GET', path: '/v1/events?limit=many' },
    { status: 400, code: 'invalid-request', says: /1 to 1000/, at: ['limit'] },
  ],
];

export function badInputCases(cloud: () => Cloud): void {
  describe('bad input', () => {
    let before: Readonly<Record<string, string>> = {};
    beforeAll(async () => {
      before = await restingRows(cloud());
    }, 180_000);

    it('of five unknown keys is five problems, each with its line, its column and what to do', async () => {
      const answer = await call(cloud(), put(UNKNOWN_KEYS));
      expect(answer.status).toBe(400);
      const { problems } = refusalOf(answer);
      expect(problems.map(({ path, line, column }) => [path, line, column])).toEqual(UNKNOWN_AT);
      expect(problems.map(({ remedy = '' }) => remedy).filter((remedy) => remedy === '')).toEqual([]);
      const said = await deploy(cloud(), UNKNOWN_KEYS);
      expect(said.code).toBe(2);
      for (const [path, line, column] of UNKNOWN_AT)
        expect(said.text).toMatch(new RegExp(`:${String(line)}:${String(column)}\\b.*${String(path)}`));
    }, 60_000);

    it.each(CASES)(
      '%s',
      async (_what, input, { status, code, says, at }) => {
        const answer = await call(cloud(), input);
        const error = refusalOf(answer);
        expect([answer.status, error.code]).toEqual([status, code]);
        const [first] = error.problems;
        expect([error.message, first?.message, first?.remedy].join('\n')).toMatch(says);
        if (at) expect([first?.path, first?.line, first?.column].slice(0, at.length)).toEqual(at);
        if (status === 400) for (const { remedy } of error.problems) expect(remedy).toMatch(/./);
        expect(error.requestId).toMatch(/./);
      },
      30_000,
    );

    it(`a YAML bomb costs the loader less than ${String(INPUT_CPU_MAX_MS)} ms of a processor`, () => {
      const cpuMs = cpuTimer();
      const loaded = loadCompose(BOMB, { name: STACK });
      const tookMs = cpuMs();
      tell(`the bomb was refused after ${tookMs.toFixed(0)} ms of a processor`);
      expect(loaded.kind).toBe('refused');
      expect(tookMs).toBeLessThan(INPUT_CPU_MAX_MS);
    });

    it.each([
      ['1 MB and one byte', BODY_MAX_BYTES + 1],
      ['10 MB', 10_000_000],
    ])(
      '%s is too large',
      async (_what, bytes) => {
        const padded = Buffer.alloc(bytes, '#');
        padded.write(web(''));
        const answer = await call(cloud(), put(padded));
        tell(`${String(bytes)} bytes: ${String(answer.status)} after ${answer.tookMs.toFixed(0)} ms`);
        expect(answer.status).toBe(413);
        // API Gateway's own refusal, above its own limit, has its own form.
        expect(answer.text).toMatch(/body-too-large|Request Entity Too Large|too large/i);
      },
      60_000,
    );

    it('leaves every row of the table as it was', async () => {
      const moved = differences(before, await restingRows(cloud()));
      tell(`${String(Object.keys(before).length)} rows before, changed since: ${moved.join(', ') || 'none'}`);
      expect(moved).toEqual([]);
    }, 180_000);
  });
}
