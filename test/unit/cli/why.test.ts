/** `berth why`, over real sockets: what it asks, what it writes, how it ends. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ReplicaPlacement } from '../../../contract/http-api.ts';
import { showPlacement } from '../../../cli/commands/why.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { painter } from '../../../cli/output/paint.ts';
import { apiError, startFakeApi, type FakeApi, type Reply, type Seen } from './support/fake-api.ts';
import { runHere } from './support/in-process.ts';

let fake: FakeApi | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});
const api = async (answer: (seen: Seen) => Reply) => {
  fake = await startFakeApi(answer);
  return { endpoint: fake.endpoint };
};

const SCORE = {
  failedHere: false,
  replicasInDomain: [1],
  beside: ['db'],
  replicasOnHost: 0,
  missingImageBytes: 3 * 2 ** 20 + 1,
  leftover: 0.456,
};
const fits = (host: string, over: Partial<typeof SCORE> = {}) => ({
  ...{ host, filter: null, reason: '' },
  score: { ...SCORE, ...over },
});
const refused = (host: string) => ({
  ...{ host, score: null },
  ...{ filter: 'memory', reason: '512 MiB free, 1024 MiB needed' },
});
const placement = (over: Partial<ReplicaPlacement> = {}): ReplicaPlacement => ({
  stack: 'shop',
  replica: 'web-3',
  host: 'h-a',
  reason: 'the fewest replicas in its zone',
  now: { host: 'h-a', reason: 'the fewest replicas in its zone' },
  verdicts: [fits('h-a'), refused('h-b')],
  hints: [],
  ...over,
});
const show = (over: Partial<ReplicaPlacement> = {}): string => showPlacement(placement(over), painter(false));

describe('berth why', () => {
  it('asks for that replica, and writes every host with its verdict', async () => {
    const run = await runHere(['why', 'shop/web-3'], await api(() => ({ body: placement() })));
    expect([run.code, run.stderr]).toEqual([EXIT.ok, '']);
    expect(fake?.seen.map(({ method, path }) => [method, path])).toEqual([
      ['GET', '/v1/stacks/shop/replicas/web-3/placement'],
    ]);
    expect(run.stdout).toBe(
      [
        'shop/web-3 runs on h-a: the fewest replicas in its zone',
        '',
        'HOST  FITS  SPREAD  BESIDE  IMAGE  LEFTOVER  REASON',
        'h-a   yes   1 / 0   db      4 MiB  0.46',
        'h-b   no    -       -       -      -         memory: 512 MiB free, 1024 MiB needed',
        '',
      ].join('\n'),
    );
  });

  it('--json is what the API said', async () => {
    const run = await runHere(['why', 'shop/web-3', '--json'], await api(() => ({ body: placement() })));
    expect([run.code, JSON.parse(run.stdout)]).toEqual([EXIT.ok, placement()]);
  });

  it.each(['shop', 'shop/', '/web-3', 'shop/web-3/more', ''])('refuses %j with exit 2', async (text) => {
    const run = await runHere(['why', text], { endpoint: 'http://127.0.0.1:59' });
    expect([run.code, run.stdout]).toEqual([EXIT.badInput, '']);
    expect(run.stderr).toMatch(/is no replica\n.*write stack and replica, such as shop\/web-3/s);
  });

  it('of a replica that is not there fails with the API’s words', async () => {
    const stage = await api(() => apiError(404, 'not-found', 'the stack shop has no replica web-9'));
    const run = await runHere(['why', 'shop/web-9'], stage);
    expect([run.code, run.stdout, run.stderr]).toEqual([
      EXIT.failed,
      '',
      'error: the stack shop has no replica web-9\n',
    ]);
  });
});

describe('what is said', () => {
  it('of one that waits: why, that it fits nowhere, and what would have to change', () => {
    const text = show({
      ...{ host: null, reason: 'no host has the memory', now: null, verdicts: [refused('h-b')] },
      hints: ['reserve 512 MiB less', 'add a host'],
    });
    expect(text.startsWith('shop/web-3 waits: no host has the memory\nnow it would fit nowhere\n')).toBe(
      true,
    );
    expect(text.endsWith('\nwhat would have to change:\n  reserve 512 MiB less\n  add a host\n')).toBe(true);
  });

  it('of one that would go elsewhere now: where, and why', () => {
    const text = show({ now: { host: 'h-b', reason: 'it has the image' }, reason: '' });
    expect(text).toMatch(/^shop\/web-3 runs on h-a\nplaced now it would go to h-b: it has the image\n/);
  });

  it('without hosts: that there is none', () => {
    expect(show({ host: null, reason: 'no host', now: null, verdicts: [] })).toBe(
      'shop/web-3 waits: no host\nnow it would fit nowhere\nthere is no host\n',
    );
  });

  it('of a host: whether the image is there or nobody knows, no spread of one replica, and a failure', () => {
    const row = (over: object) =>
      show({ verdicts: [fits('h-a', over)] })
        .split('\n')
        .at(-2);
    expect(row({ missingImageBytes: 0 })).toMatch(/ here /);
    const unknown = { missingImageBytes: null, replicasOnHost: null, beside: [] };
    expect(row(unknown)?.split(/ {2,}/)).toEqual(['h-a', 'yes', '-', '-', '-', '0.46']);
    expect(row({ failedHere: true })).toMatch(/the last task of this replica failed there$/);
  });
});
