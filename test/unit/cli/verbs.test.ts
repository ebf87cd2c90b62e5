/** Every verb but deploy, over real sockets, in this process: what it calls, what it writes, how it ends. */
import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EXIT } from '../../../cli/exit-codes.ts';
import { apiError, startFakeApi } from './support/fake-api.ts';
import type { FakeApi, Reply, Seen } from './support/fake-api.ts';
import { runHere } from './support/in-process.ts';
import type { Stage } from './support/in-process.ts';
import { eventView, hostView, replica, SETTINGS, stackDetail } from './support/samples.ts';

let fake: FakeApi | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

async function api(answer: (seen: Seen) => Reply): Promise<Stage> {
  fake = await startFakeApi(answer);
  return { endpoint: fake.endpoint };
}

const VERBS = [
  'deploy',
  'ps',
  'hosts',
  'pool',
  'events',
  'stacks',
  'rm',
  'scale',
  'autoscale',
  'drain',
  'destroy',
  'cluster',
  'simulate',
  'version',
  'why',
  'completion',
];

describe('help and usage', () => {
  it('names every verb, the exit codes and where the endpoint comes from', async () => {
    const { code, stdout, stderr } = await runHere(['--help']);
    expect([code, stderr]).toEqual([EXIT.ok, '']);
    for (const word of [...VERBS, 'BERTH_ENDPOINT', '.berth/local.json', 'Exit codes', '130'])
      expect(stdout).toContain(word);
  });

  it.each([
    ...VERBS,
    'cluster get',
    'cluster set',
    'autoscale status',
    'autoscale history',
    'pool list',
    'pool set',
    'pool rm',
  ])('%s --help has examples', async (verb) => {
    const { code, stdout } = await runHere([...verb.split(' '), '--help']);
    expect(code).toBe(EXIT.ok);
    if (!['cluster', 'autoscale', 'pool'].includes(verb)) expect(stdout).toMatch(/Examples:\n {2}\S/);
  });

  it.each([
    [[], /Usage: berth/],
    [['deply'], /Did you mean deploy\?/],
    [['ps', '--jsn'], /unknown option '--jsn'/],
    [['ps', 'a', 'b'], /too many arguments/],
    [['rm'], /missing required argument 'stack'/],
    [['events', '--limit', '0'], /It must be 1 to 1000/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
    [['deploy', '--timeout', '5'], /"5" is no duration/],
    [['ps', 'UPPER'], /"UPPER" is no name of a stack/],
  ])('%j is refused with exit 2', async (args, message) => {
    const { code, stdout, stderr } = await runHere(args, { endpoint: 'http://127.0.0.1:59' });
    expect([code, stdout]).toEqual([EXIT.badInput, '']);
    expect(stderr).toMatch(message);
  });

  it('version --client asks nobody', async () => {
    expect(await runHere(['version', '--client'])).toEqual({ code: 0, stdout: 'berth 0.1.0\n', stderr: '' });
    expect((await runHere(['--version'])).stdout).toBe('0.1.0\n');
  });
});

describe('lists', () => {
  it('ps --json is an array of replicas', async () => {
    const run = await runHere(['ps', 'shop', '--json'], await api(() => ({ body: [replica()] })));
    expect(run.code).toBe(EXIT.ok);
    expect(JSON.parse(run.stdout)).toEqual([replica()]);
    expect(fake?.seen.map(({ path, region }) => [path, region])).toEqual([
      ['/v1/stacks/shop/replicas', 'eu-central-1'],
    ]);
  });

  it('ps, hosts, stacks and version as text, without colours in a pipe', async () => {
    const answers: Record<string, unknown> = {
      '/v1/replicas': [replica()],
      '/v1/hosts': [hostView()],
      '/v1/stacks': [stackDetail()],
      '/v1/version': { version: '0.1.0', cluster: 'berth', zone: 'berth.internal', region: 'us-east-1' },
    };
    const stage = await api(({ path }) => ({ body: answers[path] }));
    const runs = await Promise.all(
      ['ps', 'hosts', 'stacks', 'version'].map((verb) => runHere([verb], stage)),
    );
    const texts = runs.map(({ stdout }) => stdout);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(texts.join('')).not.toContain('\u001B');
    expect(texts[0]).toContain('10.77.0.11:20001');
    expect(texts[1]).toContain('i-0123456789abcdef0');
    expect(texts[2]).toContain('web 0/2');
    expect(texts[3]).toContain('cluster berth, zone berth.internal');
  });

  it('a stack that is not there: exit 1, with --json one document on stdout', async () => {
    const stage = await api(() => apiError(404, 'not-found', 'there is no stack nope'));
    const run = await runHere(['ps', 'nope', '--json'], stage);
    expect(run.code).toBe(EXIT.failed);
    expect(JSON.parse(run.stdout)).toMatchObject({
      error: { code: 'not-found', message: 'there is no stack nope' },
    });
    expect(run.stderr).toBe('error: there is no stack nope\n');
  });
});

describe('events', () => {
  const later = eventView({ id: '0002-a', code: 'task-failed', message: 'crash-loop' });

  it('are listed oldest first, with the limit and the stack asked for', async () => {
    const stage = await api(() => ({ body: { events: [eventView(), later], next: null } }));
    const text = await runHere(['events', 'shop', '--limit', '7'], stage);
    expect(text.stdout.split('\n').map((line) => line.split(/ {2,}/).slice(1))).toEqual([
      ['reconcile', 'task-placed', 'shop/web-1', 'placed on h-abc123'],
      ['reconcile', 'task-failed', 'shop/web-1', 'crash-loop'],
      [],
    ]);
    expect(Object.fromEntries(fake?.seen[0]?.query ?? [])).toEqual({ stack: 'shop', limit: '7' });
    const json = await runHere(['events', '--json'], stage);
    expect(JSON.parse(json.stdout)).toEqual([eventView(), later]);
  });
});

describe('rm', () => {
  const gone = apiError(404, 'not-found', 'there is no stack shop');

  function removing(looks: number): (seen: Seen) => Reply {
    let left = looks;
    return ({ method, path }) => {
      if (method === 'DELETE') return { body: { stack: 'shop', state: 'removing' } };
      if (path.endsWith('/replicas'))
        return { body: [replica({ phase: 'draining', reason: 'leaving DNS' })] };
      return left-- > 0 ? { body: stackDetail({ state: 'removing' }) } : gone;
    };
  }

  it('waits until it is gone', async () => {
    const run = await runHere(['rm', 'shop', '--yes'], await api(removing(2)));
    expect(run.code).toBe(EXIT.ok);
    expect(run.stdout).toMatch(
      /^shop: removing, 1 replica left\n {2}web-1 {2}draining {2}leaving DNS\nshop is removed \(\d/,
    );
  });

  it('may find it gone between its two questions', async () => {
    const half = await api((seen) => (seen.path.endsWith('/replicas') ? gone : removing(9)(seen)));
    const run = await runHere(['rm', 'shop', '--yes'], half);
    expect([run.code, run.stdout]).toEqual([EXIT.ok, expect.stringMatching(/^shop is removed \(/)]);
  });

  it('asks first, and needs a yes where nobody can be asked', async () => {
    const run = await runHere(['rm', 'shop'], await api(removing(0)));
    expect([run.code, fake?.seen.length]).toEqual([EXIT.badInput, 0]);
    expect(run.stderr).toContain('--yes');
  });

  it('returns at once with --no-wait', async () => {
    const run = await runHere(['rm', 'shop', '-y', '--no-wait', '--json'], await api(removing(9)));
    expect(run.code).toBe(EXIT.ok);
    expect(JSON.parse(run.stdout)).toEqual({ stack: 'shop', state: 'removing' });
    expect(fake?.seen.length).toBe(1);
  });

  it('tells what it waited for when the time is up', async () => {
    const run = await runHere(['rm', 'shop', '-y', '--timeout', '100ms'], await api(removing(99)));
    expect(run.code).toBe(EXIT.failed);
    expect(run.stdout).toMatch(/shop is not gone after .*; it waits for web-1: leaving DNS\n$/);
  });

  it('knows when there is nothing to remove, and when it came back', async () => {
    const none = await runHere(['rm', 'shop', '-y'], await api(() => gone));
    expect([none.code, none.stderr]).toEqual([
      EXIT.failed,
      'error: there is no stack shop\n  `berth stacks` lists what there is\n',
    ]);
    await fake?.close();
    const back = await api(({ method }) =>
      method === 'DELETE'
        ? { body: { stack: 'shop', state: 'removing' } }
        : { body: stackDetail({ revision: 2 }) },
    );
    const run = await runHere(['rm', 'shop', '-y'], back);
    expect([run.code, run.stdout]).toEqual([EXIT.failed, 'shop was deployed again meanwhile\n']);
  });
});

describe('cluster', () => {
  it('shows settings and patches what is named', async () => {
    const stage = await api(({ method, body }) => ({
      body: method === 'GET' ? SETTINGS : { ...SETTINGS, ...(JSON.parse(body.toString()) as object) },
    }));
    const get = await runHere(['cluster', 'get'], stage);
    expect(get.stdout).toContain('pool.hostsMax           10\n');
    const set = await runHere(['cluster', 'set', 'pool.hostsMax=20', '--json'], stage);
    expect(JSON.parse(set.stdout)).toEqual({ ...SETTINGS, pool: { ...SETTINGS.pool, hostsMax: 20 } });
    const wrong = await runHere(['cluster', 'set', 'pollMs=soon'], stage);
    expect([wrong.code, wrong.stdout]).toEqual([EXIT.badInput, '']);
    expect(fake?.seen.filter(({ method }) => method === 'PATCH').length).toBe(1);
  });
});

describe('pool', () => {
  const POOL = {
    name: 'default',
    instanceTypes: ['t4g.small'],
    zones: [],
    subnets: [],
    hostsMin: 0,
    hostsMax: 10,
    headroom: null,
    budgetPerHour: null,
    labels: {},
    taints: [],
    registrationDeadlineMs: null,
    hosts: 2,
    prices: [
      {
        instanceType: 't4g.small',
        perHour: 0.0184,
        source: 'pricing-api',
        asOf: '2026-11-29',
        origin: "AWS's list price here, read on 2026-11-29",
      },
    ],
    reason: '',
  };
  const stage = () =>
    api(({ method, path, body }) => {
      if (method === 'GET') return { body: [POOL] };
      const name = path.split('/').at(-1) ?? '';
      return method === 'DELETE'
        ? { body: { name } }
        : { body: { name, ...(JSON.parse(body.toString()) as object), hosts: 0, prices: [], reason: '' } };
    });

  it('lists pools, changes what is named of one, makes another, removes it', async () => {
    const there = await stage();
    const list = await runHere(['pool', 'list'], there);
    expect(list.stdout).toMatch(/^default +t4g\.small +all +2 +0 +10 /m);
    expect(list.stdout).toMatch(
      /^t4g\.small +0\.0184 +pricing-api +2026-11-29 +AWS's list price here, read/m,
    );
    const set = await runHere(['pool', 'set', 'default', 'hostsMax=20', 'headroom=2x250mx512MiB'], there);
    expect([set.code, set.stdout]).toEqual([EXIT.ok, expect.stringContaining('2x250mx512MiB')]);
    const put = fake?.seen.find(({ method }) => method === 'PUT');
    expect(JSON.parse(put?.body.toString() ?? '')).not.toHaveProperty('prices');
    expect(JSON.parse(put?.body.toString() ?? '')).toMatchObject({
      instanceTypes: ['t4g.small'],
      hostsMax: 20,
      headroom: { count: 2, cpuMillis: 250, memoryBytes: 512 * 2 ** 20 },
    });
    const fresh = [
      'pool',
      'set',
      'gpu',
      'instanceTypes=g5.xlarge',
      'taints=gpu=yes',
      'budgetPerHour=1.5',
      '--json',
    ];
    expect(JSON.parse((await runHere(fresh, there)).stdout)).toMatchObject({
      name: 'gpu',
      taints: [{ key: 'gpu', value: 'yes' }],
      budgetPerHour: 1.5,
    });
    expect((await runHere(['pool', 'rm', 'gpu'], there)).stdout).toBe('the pool gpu is removed\n');
  });

  it.each([
    [
      'securityGroups=sg-1,sg-2',
      /securityGroups: must be the name of security groups that the cluster was deployed with/,
    ],
    ['vpc=vpc-1', /no vpc of its own/],
    ['size=3', /pools have no "size"/],
    ['headroom=much', /is no headroom/],
    ['hostsMin=11', /hostsMin must not be more than hostsMax/],
    ['instanceTypes=', /instanceTypes/],
  ])('refuses %s before anything is changed', async (pair, words) => {
    const run = await runHere(['pool', 'set', 'default', pair], await stage());
    expect([run.code, run.stderr]).toEqual([EXIT.badInput, expect.stringMatching(words)]);
    expect(fake?.seen.some(({ method }) => method === 'PUT')).toBe(false);
  });
});

describe('completion', () => {
  /** What bash offers after `words`, the last of them being typed. */
  async function offered(words: readonly string[]): Promise<string[]> {
    const { stdout } = await runHere(['completion', 'bash']);
    const script = `${stdout}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${String(words.length - 1)}; _berth; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script]);
    let out = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    return out.trim().split('\n');
  }

  it('works in bash: verbs, options, nested verbs, choices', async () => {
    expect(await offered(['berth', 'd'])).toEqual(['deploy', 'drain', 'destroy']);
    expect(await offered(['berth', 'deploy', '--t'])).toEqual(['--timeout']);
    expect(await offered(['berth', 'deploy', '-f', 'x.yaml', '--c'])).toEqual(['--cluster', '--check']);
    expect(await offered(['berth', 'cluster', ''])).toEqual(expect.arrayContaining(['get', 'set']));
    expect(await offered(['berth', 'cluster', 'set', '--e'])).toEqual(['--endpoint']);
    expect(await offered(['berth', 'completion', 'f'])).toEqual(['fish']);
  });

  it.each(['zsh', 'fish'])('names every verb for %s', async (shell) => {
    const { code, stdout } = await runHere(['completion', shell]);
    expect(code).toBe(EXIT.ok);
    for (const verb of VERBS) expect(stdout).toContain(verb);
  });
});

describe('drain', () => {
  const HOST = 'h-abc123';
  const draining = hostView({ host: HOST, state: 'draining', reason: 'a new kernel' });

  it('asks for it with reason and deadline, waits, and ends when the instance is terminated', async () => {
    let looks = 0;
    const stage = await api(({ method, path }) => {
      if (method === 'PUT') return { body: draining };
      if (path === '/v1/replicas') return { body: [replica({ host: HOST })] };
      looks += 1;
      return { body: looks === 1 ? [draining] : [hostView({ host: HOST, state: 'terminated' })] };
    });
    const run = await runHere(
      ['drain', HOST, '--reason', 'a new kernel', '--deadline', '10m', '--json'],
      stage,
    );
    expect([run.code, JSON.parse(run.stdout)]).toEqual([EXIT.ok, { host: HOST, state: 'terminated' }]);
    expect(run.stderr).toContain('1 replica left');
    const [put] = fake?.seen ?? [];
    expect([put?.method, put?.path]).toEqual(['PUT', `/v1/hosts/${HOST}/drain`]);
    expect(JSON.parse(put?.body.toString() ?? '')).toEqual({ reason: 'a new kernel', deadlineMs: 600_000 });
  });

  it('takes it back with --undo', async () => {
    const stage = await api(() => ({ body: hostView({ host: HOST, state: 'ready', reason: 'kept' }) }));
    const run = await runHere(['drain', HOST, '--undo'], stage);
    expect([run.code, run.stdout]).toEqual([EXIT.ok, `${HOST} is ready: kept\n`]);
    expect(fake?.seen[0]?.method).toBe('DELETE');
    const wrong = await runHere(['drain', HOST, '--undo', '--deadline', '5m'], stage);
    expect([wrong.code, wrong.stderr]).toEqual([EXIT.badInput, expect.stringContaining('--deadline')]);
  });

  it('refuses what is no id of a host before anybody is asked', async () => {
    const run = await runHere(['drain', '../stacks/shop'], { endpoint: 'http://127.0.0.1:59' });
    expect([run.code, run.stderr]).toEqual([EXIT.badInput, expect.stringContaining('is no id of a host')]);
  });

  it('says what it waits for when the time is up', async () => {
    const stage = await api(({ method, path }) => {
      if (method === 'PUT') return { body: draining };
      if (path === '/v1/replicas') return { body: [replica({ host: HOST, reason: 'no room' })] };
      return { body: [draining] };
    });
    const run = await runHere(['drain', HOST, '--timeout', '100ms'], stage);
    expect(run.code).toBe(EXIT.failed);
    expect(run.stdout).toMatch(/is not empty after .*no room|first answer/);
  });
});
