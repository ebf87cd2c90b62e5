/** `berth scale` and `berth autoscale`, over real sockets: what they call, what they write, how they end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EXAMPLES } from '../../../contract/openapi-examples.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { showStacks } from '../../../cli/commands/stacks.ts';
import { apiError, startFakeApi } from './support/fake-api.ts';
import type { FakeApi, Reply } from './support/fake-api.ts';
import { runHere } from './support/in-process.ts';
import { emptyFolder } from './support/run-cli.ts';
import { AT, serviceStatus, stackDetail } from './support/samples.ts';

let fake: FakeApi | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

async function berth(args: readonly string[], body: unknown, cwd?: string) {
  const reply = typeof body === 'object' && body !== null && 'status' in body ? (body as Reply) : { body };
  await fake?.close();
  fake = await startFakeApi(() => reply);
  const run = await runHere(args, { endpoint: fake.endpoint, ...(cwd === undefined ? {} : { cwd }) });
  return { ...run, seen: fake.seen.map(({ method, path, body: sent }) => [method, path, sent.toString()]) };
}

const SCALING = EXAMPLES.ServiceScaling;
const PATH = '/v1/stacks/shop/services/web';

describe('berth scale', () => {
  it.each([
    [['shop/web', '5'], '{"min":5,"max":5}'],
    [['shop/web=5'], '{"min":5,"max":5}'],
    [['shop/web=0'], '{"min":0,"max":0}'],
    [['shop/web', '--min', '2', '--max', '10'], '{"min":2,"max":10}'],
  ])('%j sends %s', async (args, sent) => {
    const run = await berth(['scale', ...args], SCALING);
    expect([run.code, run.seen]).toEqual([EXIT.ok, [['PUT', `${PATH}/scale`, sent]]]);
    expect(run.stdout).toBe('shop/web: 3 replicas wanted, 2 to 10 (set by hand)\n');
  });

  it('--reset takes back', async () => {
    const run = await berth(['scale', 'shop/web', '--reset'], { ...SCALING, by: 'document', replicas: 1 });
    expect(run.seen).toEqual([['DELETE', `${PATH}/scale`, '']]);
    expect(run.stdout).toBe('shop/web: 1 replica wanted, as the document says\n');
  });

  it('tells of a number that was set by hand, and answers as JSON', async () => {
    const scaling = { ...SCALING, by: 'hand', replicas: 5 };
    expect((await berth(['scale', 'shop/web', '5'], scaling)).stdout).toBe(
      'shop/web: 5 replicas wanted, set by hand; the document says 1\n',
    );
    const run = await berth(['scale', 'shop/web', '5', '--json'], scaling);
    expect(JSON.parse(run.stdout)).toEqual(scaling);
  });

  it.each([
    [['web', '5'], /"web" is no name of a service/],
    [['shop/web/x', '5'], /no name of a service/],
    [['shop/web'], /how many replicas\?/],
    [['shop/web', '--min', '2'], /--min and --max belong together/],
    [['shop/web', '5', '--max', '9'], /a number of replicas has no bounds/],
    [['shop/web=5', '6'], /given twice/],
    [['shop/web', '--reset', '5'], /--reset takes back/],
    [['shop/web', 'five'], /"five" is no number for replicas/],
    [['shop/web', '1001'], /from 0 to 1000/],
    [['shop/web', '--min', '5', '--max', '2'], /--min 5 is more than --max 2/],
  ])('%j is refused with exit 2, and nothing is sent', async (args, message) => {
    const run = await berth(['scale', ...args], SCALING);
    expect([run.code, run.stdout, run.seen]).toEqual([EXIT.badInput, '', []]);
    expect(run.stderr).toMatch(message);
  });

  it('passes on what the API refuses, with what to do', async () => {
    const problem = { path: 'min', message: 'nothing would choose', remedy: 'give one number, such as 5' };
    const refusal = apiError(400, 'invalid-document', 'shop/web is not autoscaled', [problem]);
    const run = await berth(['scale', 'shop/web', '--min', '2', '--max', '5'], refusal);
    expect(run.code).toBe(EXIT.badInput);
    expect(run.stderr).toMatch(/shop\/web is not autoscaled[^]*give one number, such as 5/);
  });
});

describe('berth autoscale', () => {
  it('status tells bounds, loads, windows and each replica', async () => {
    const run = await berth(['autoscale', 'status', 'shop/web'], EXAMPLES.AutoscaleStatus);
    expect(run.seen).toEqual([['GET', `${PATH}/autoscale`, '']]);
    for (const words of [
      'shop/web: 3 replicas wanted, 2 to 10 (set by hand); 3 running, 3 healthy\n',
      'hold: cpu 58 % of the reservation, target 60 %: 3 replicas stay',
      'after 1 min 00 s; 12 s are left of the pause; last at',
      'take it back: berth scale shop/web --reset',
      'REPLICA  SERVES  HOST        CPU',
    ])
      expect(run.stdout).toContain(words);
    expect(run.stdout).toMatch(/web-1 +yes +h-4k2p9x7c +58 % of the reservation +no\n$/);
  });

  it('status says how to begin, of a service that is not autoscaled', async () => {
    const bare = { ...EXAMPLES.AutoscaleStatus, by: 'document', spec: null, loads: [], replicaLoads: [] };
    const run = await berth(['autoscale', 'status', 'shop/web'], bare);
    expect(run.stdout).toMatch(/It is not autoscaled: x-berth.autoscale at the service makes/);
  });

  it('history is a table, or JSON, from a time on', async () => {
    const run = await berth(['autoscale', 'history', 'shop/web', '--since', '2h'], EXAMPLES.ScaleTimeline);
    expect([run.code, run.seen[0]?.slice(0, 2)]).toEqual([EXIT.ok, ['GET', `${PATH}/autoscale/timeline`]]);
    const since = Date.parse(fake?.seen[0]?.query.get('since') ?? '');
    expect(Math.abs(Date.now() - since - 7_200_000)).toBeLessThan(60_000);
    expect(run.stdout).toMatch(/^TIME +WANTED +RUNNING +HEALTHY +HOSTS +CPU +DECISION +REASON\n/);
    expect(run.stdout).toMatch(/ 3 +2 +2 +1 +83 % +out +cpu 83 %/);
    const json = await berth(['autoscale', 'history', 'shop/web', '--json'], EXAMPLES.ScaleTimeline);
    expect(JSON.parse(json.stdout)).toEqual(EXAMPLES.ScaleTimeline);
  });

  it('history draws into a file', async () => {
    const cwd = emptyFolder();
    const run = await berth(
      ['autoscale', 'history', 'shop/web', '--svg', 'web.svg'],
      EXAMPLES.ScaleTimeline,
      cwd,
    );
    expect(run.code).toBe(EXIT.ok);
    const svg = readFileSync(join(cwd, 'web.svg'), 'utf8');
    expect(svg).toMatch(/^<svg [^]*<title>shop\/web<\/title>[^]*2 -&gt; 3[^]*<\/svg>\n$/);
  });

  it('history says when there is nothing, and draws nothing', async () => {
    const none = { ...EXAMPLES.ScaleTimeline, points: [] };
    const run = await berth(['autoscale', 'history', 'shop/web'], none);
    expect(run.stdout).toBe('nothing is known of shop/web in that time\n');
    const drawn = await berth(['autoscale', 'history', 'shop/web', '--svg', 'a.svg'], none, emptyFolder());
    expect([drawn.code, drawn.stderr]).toEqual([
      EXIT.badInput,
      expect.stringMatching(/nothing to draw[^]*--since 24h/),
    ]);
    const where = await berth(
      ['autoscale', 'history', 'shop/web', '--svg', 'no/such/folder/a.svg'],
      EXAMPLES.ScaleTimeline,
      emptyFolder(),
    );
    expect(where.stderr).toMatch(/cannot be written/);
  });

  it.each([['status'], ['history']])(
    '%s refuses what can be no service, before it asks anybody',
    async (verb) => {
      const run = await berth(['autoscale', verb, 'web'], SCALING);
      expect([run.code, run.seen]).toEqual([EXIT.badInput, []]);
    },
  );
});

describe('berth stacks', () => {
  it('says where the number is not the document’s', () => {
    const services = [
      serviceStatus({ service: 'api', scaling: { by: 'hand', min: 2, max: 2 } }),
      serviceStatus({ service: 'jobs' }),
      serviceStatus({ service: 'web', scaling: { by: 'autoscaler', min: 1, max: 9 } }),
    ];
    expect(showStacks([stackDetail({ services })], Date.parse(AT), (_, text) => text)).toContain(
      'api 0/2 (set by hand)  jobs 0/2  web 0/2 (autoscaled, 1 to 9)',
    );
  });
});
