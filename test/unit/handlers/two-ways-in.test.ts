/** What a Compose document may not say, a stack spec in JSON may not say either: the same words, the same remedy. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { EXAMPLES } from '../../../contract/openapi-examples.ts';
import type { ErrorReply, Problem } from '../../../contract/http-api.ts';
import { stackSpec } from '../../../contract/stack-spec.ts';
import { loadCompose } from '../../../compose/load.ts';
import { apiWithTwins } from '../../support/api-with-twins.ts';
import { documentWith } from '../compose/documents.ts';

type Change = Readonly<Record<string, unknown>>;
/** Properties of the service in Compose, what they would be in the spec, and where the spec is wrong. */
type Row = readonly [yaml: string, spec: Change, at: string];

const port = (name: string, container: number): object => ({ name, container, protocol: 'tcp' });
const resources = (some: object): Change => ({
  resources: { reservedCpuMillis: 20, reservedMemoryBytes: 33_554_432, limitPids: 512, ...some },
});

const scaled = (yaml: string): string => `x-berth: {autoscale: {${yaml}}}`;
const metric = '{name: jobs, value: 5, from: socket}';
const jobs = { kind: 'metric', name: 'jobs', value: 5, source: { kind: 'socket' } };
const hours = { days: ['mon'], from: '08:00', to: '09:00', timeZone: 'UTC', min: 1, max: 2 };
const autoscale = (some: object): Change => ({
  autoscale: {
    ...{ min: 1, max: 2, targets: [{ kind: 'cpu', percent: 60 }], tolerancePercent: 10, schedules: [] },
    ...{ windowOutMs: 60_000, stabilizationInMs: 300_000, cooldownOutMs: 30_000, cooldownInMs: 60_000 },
    ...{ stepOutMax: 1000, stepInMax: 1000 },
    ...some,
  },
});

const ROWS: readonly Row[] = [
  ['labels: {berth.task: a}', { labels: { 'berth.task': 'a' } }, 'labels["berth.task"]'],
  ['labels: {"a=b": a}', { labels: { 'a=b': 'a' } }, 'labels["a=b"]'],
  ['labels: {"a\\nb": a}', { labels: { 'a\nb': 'a' } }, 'labels["a\\nb"]'],
  ['environment: {"A=b": c}', { environment: { 'A=b': 'c' } }, 'environment["A=b"]'],
  ['environment: {"A ": c}', { environment: { 'A ': 'c' } }, 'environment["A "]'],
  ['environment: {"": c}', { environment: { '': 'c' } }, 'environment[""]'],
  ['environment: {"A\\u0007": c}', { environment: { 'A\u0007': 'c' } }, 'environment["A\\u0007"]'],
  ['environment: {A: "\\0"}', { environment: { A: '\0' } }, 'environment.A'],
  ['environment: {A: "\\uD800"}', { environment: { A: '\uD800' } }, 'environment.A'],
  ['command: ["\\0"]', { command: ['\0'] }, 'command[0]'],
  ['ports: [80, "80"]', { ports: [port('80', 80), port('80', 80)] }, 'ports[1]'],
  [
    'ports: [{target: 80, name: a}, {target: 81, name: a}]',
    { ports: [port('a', 80), port('a', 81)] },
    'ports[1]',
  ],
  ['healthcheck: {test: [curl, x]}', { healthcheck: { test: ['curl', 'x'] } }, 'healthcheck.test'],
  ['healthcheck: {test: [CMD]}', { healthcheck: { test: ['CMD'] } }, 'healthcheck.test'],
  ['healthcheck: {test: [NONE, a]}', { healthcheck: { test: ['NONE', 'a'] } }, 'healthcheck.test'],
  ['stop_signal: SIGNOT', { stopSignal: 'SIGNOT' }, 'stopSignal'],
  ['user: "a b"', { user: 'a b' }, 'user'],
  ['working_dir: srv', { workingDir: 'srv' }, 'workingDir'],
  ['tmpfs: run', { tmpfs: { run: '' } }, 'tmpfs.run'],
  ['tmpfs: /', { tmpfs: { '/': '' } }, 'tmpfs["/"]'],
  ['tmpfs: //', { tmpfs: { '//': '' } }, 'tmpfs["//"]'],
  ['tmpfs: /a/..', { tmpfs: { '/a/..': '' } }, 'tmpfs["/a/.."]'],
  ['tmpfs: ["/run:colour=red"]', { tmpfs: { '/run': 'colour=red' } }, 'tmpfs["/run"]'],
  ['cap_add: [NET_WISH]', { capAdd: ['NET_WISH'] }, 'capAdd[0]'],
  ['cap_drop: [KILL, KILL]', { capDrop: ['KILL', 'KILL'] }, 'capDrop[1]'],
  [
    'deploy: {resources: {limits: {cpus: "1"}, reservations: {cpus: "2"}}}',
    resources({ reservedCpuMillis: 2000, limitCpuMillis: 1000 }),
    'resources.reservedCpuMillis',
  ],
  [
    'deploy: {resources: {limits: {memory: 8m}, reservations: {memory: 9m}}}',
    resources({ reservedMemoryBytes: 9_437_184, limitMemoryBytes: 8_388_608 }),
    'resources.reservedMemoryBytes',
  ],
  [scaled('min: 3, max: 2, targets: {cpu: 60%}'), autoscale({ min: 3, max: 2 }), 'autoscale.min'],
  [scaled('min: 0, max: 2, targets: {cpu: 60%}'), autoscale({ min: 0, max: 2 }), 'autoscale.min'],
  [scaled('min: 0, max: 0, targets: {cpu: 60%}'), autoscale({ min: 0, max: 0 }), 'autoscale.max'],
  [
    scaled(`min: 1, max: 2, targets: {metrics: [${metric}, ${metric}]}`),
    autoscale({ targets: [{ ...jobs }, { ...jobs }] }),
    'autoscale.targets[1]',
  ],
  [
    scaled(
      'min: 1, max: 2, targets: {cpu: 60%}, schedules: [{from: "08:00", to: "09:00", timeZone: Mars/Base}]',
    ),
    autoscale({ schedules: [{ ...hours, timeZone: 'Mars/Base' }] }),
    'autoscale.schedules[0].timeZone',
  ],
  [
    scaled('min: 1, max: 2, targets: {cpu: 60%}, schedules: [{from: "08:00", to: "09:00", min: 0}]'),
    autoscale({ schedules: [{ ...hours, min: 0 }] }),
    'autoscale.schedules[0].min',
  ],
];

const IMAGES = [
  ...['Shop', 'a b', 'a:b:c', '/a', 'a/', 'http://a/b', 'user@registry/a', 'reg@evil', 'a:', '-a', 'a..b'],
  ...['a@sha256:12', `a@sha256:${'0'.repeat(63)}`, `a@sha256:${'0'.repeat(65)}`, `a@md5:${'0'.repeat(32)}`],
  ...[
    'reg:0/a',
    'reg:65536/a',
    'reg:99999999999/a',
    '0'.repeat(64),
    `${'a/'.repeat(128)}a`,
    'web\nb',
    '$(x)',
  ],
];

const api = apiWithTwins();
const put = async (body: string, type: string): Promise<ErrorReply['error']> => {
  const answer = await api.call({ what: 'PUT /v1/stacks/shop', body, type });
  expect(answer.status).toBe(400);
  return (answer.body as ErrorReply).error;
};
const asJson = (change: Change): string => {
  const { healthcheck: _check, ...web } = EXAMPLES.StackSpec.services.web;
  return JSON.stringify({ name: 'shop', services: { web: { ...web, ...change } } });
};
const words = ({ message, remedy }: Problem) => ({ message, remedy });

describe('both ways in refuse', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await api.rows();
    const good = await api.call({
      what: 'PUT /v1/stacks/good',
      type: 'application/json',
      body: asJson({}).replace('"shop"', '"good"'),
    });
    expect(good).toMatchObject({ status: 200, body: { changed: true, warnings: [] } });
    before = await api.rows();
  });

  const both = async (yaml: string, change: Change, at: string) => {
    const compose = await put(documentWith(yaml), 'application/yaml');
    const spec = await put(asJson(change), 'application/json');
    expect([compose.code, spec.code]).toEqual(['invalid-document', 'invalid-request']);
    expect(spec.problems.map(({ path }) => path)).toEqual([`services.web.${at}`]);
    expect(spec.problems.map(words)).toEqual(compose.problems.map(words));
    expect(compose.problems[0]?.line).toBeGreaterThan(0);
    expect(await api.rows()).toEqual(before);
  };

  it.each(ROWS)('%s', both);

  it.each(IMAGES)('image %j', async (image) => {
    const yaml = documentWith('').replace('shop-web', JSON.stringify(image));
    const compose = await put(yaml, 'application/yaml');
    const spec = await put(asJson({ image }), 'application/json');
    expect(spec.problems.map(({ path }) => path)).toEqual(['services.web.image']);
    expect(spec.problems.map(words)).toEqual(compose.problems.map(words));
  });

  it.each([
    ['a number of retries without on-failure', { restart: { policy: 'always', maxRetries: 3 } }],
    ['another spelling of a capability', { capAdd: ['cap_kill'] }],
    ['a limit that Docker does not take', resources({ limitCpuMillis: 9, reservedCpuMillis: 1 })],
    ['a time that Docker cannot count', { healthcheck: { test: ['CMD', 'a'], intervalMs: 2 ** 53 - 1 } }],
    ['an interval of nothing', { healthcheck: { test: ['CMD', 'a'], intervalMs: 0 } }],
    ['more processes than Linux has', resources({ limitPids: 4_194_305 })],
  ])('what only a spec can say: %s', async (_what, change) => {
    const { problems } = await put(asJson(change), 'application/json');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.remedy).toMatch(/./);
  });

  it('a name of a service whose replicas could have none in DNS', async () => {
    const named = (length: number) => ({
      name: 'shop',
      services: { ['x'.repeat(length)]: EXAMPLES.StackSpec.services.web },
    });
    const compose = (length: number) => `name: shop\nservices: {${'x'.repeat(length)}: {image: a}}`;
    const [spec] = (await put(JSON.stringify(named(59)), 'application/json')).problems;
    const [document] = (await put(compose(59), 'application/yaml')).problems;
    expect([spec?.message, spec?.remedy]).toEqual([document?.message, document?.remedy]);
    expect(spec?.message).toMatch(/^the service name has 59 characters/);
    expect(stackSpec.safeParse(named(58)).success).toBe(true);
    expect(loadCompose(compose(58)).kind).toBe('stack');
  });

  it('a name that is no DNS label, by its rule and not by "invalid key"', async () => {
    for (const name of [
      '',
      'A',
      'a_b',
      '-a',
      'a-',
      'a.b',
      'x'.repeat(64),
      'shöp',
      'аpi',
      '*',
      '@',
      '$(x)',
      'a\n',
    ]) {
      const body = JSON.stringify({ name: 'shop', services: { [name]: EXAMPLES.StackSpec.services.web } });
      const [problem] = (await put(body, 'application/json')).problems;
      expect(problem?.message).toMatch(/is no DNS label/);
      const yaml = `name: shop\nservices: {${JSON.stringify(name)}: {image: a}}`;
      expect((await put(yaml, 'application/yaml')).problems[0]?.message).toMatch(/is no DNS label/);
    }
  });
});
