/** `npm start`, again and again, killed in between: it works each time, and the machine ends as it began. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { whoRuns } from '../../local/claim.ts';
import { DEFAULT_CLOUD, planCloud } from '../../local/plan.ts';
import { run } from '../../local/run.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { tell } from '../e2e/support/tell.ts';
import { tracesOf } from '../support/machine-state.ts';
import { watchRuns } from '../support/watched-runs.ts';
import type { Machine } from '../support/watched-runs.ts';

const PROJECT = join(import.meta.dirname, '../..');
const plan = planCloud(DEFAULT_CLOUD.name, DEFAULT_CLOUD.index, PROJECT);
const START_TIMEOUT_MS = 5 * 60_000;
/** A second start, with everything installed and synthesized. */
const WARM_START_MAX_MS = 40_000;
/** What others do on this machine meanwhile comes and goes; what a start left behind stays. */
const SETTLED_WITHIN_MS = 15_000;

const watched = watchRuns(plan);
const command = (...args: readonly string[]) =>
  watched.command(process.execPath, join(PROJECT, 'local/start.mjs'), ...args);

function npm(...args: readonly string[]): Promise<string> {
  const { argv, env } = command(...args);
  const [program = '', ...rest] = argv;
  return run(program, rest, { env, timeoutMs: START_TIMEOUT_MS });
}

let before: Machine;
async function expectMachineAsBefore(): Promise<void> {
  let now = await watched.look();
  const same = async (): Promise<true | undefined> => {
    now = await watched.look();
    return isDeepStrictEqual(now, before) || undefined;
  };
  await waitUntil(same, { what: 'the machine', timeoutMs: SETTLED_WITHIN_MS, everyMs: 500 }).catch(
    () => undefined,
  );
  expect(now).toEqual(before);
}

beforeAll(async () => {
  await npm('stop');
  before = await watched.look();
  expect([before['processes'], before['listening'], before['temporary']]).toEqual([[], [], []]);
}, START_TIMEOUT_MS);
afterAll(async () => {
  await npm('stop');
  watched.close();
}, START_TIMEOUT_MS);

it(
  'starts twice in a row, the second time quickly, and leaves nothing',
  async () => {
    expect(await npm('start', '--once')).toContain('GET http://10.77.0.');
    await expectMachineAsBefore();
    const started = performance.now();
    expect(await npm('start', '--once')).toContain('GET http://10.77.0.');
    const tookMs = performance.now() - started;
    tell(`the second start was ready, and its cloud removed again, after ${(tookMs / 1000).toFixed(1)} s`);
    expect(tookMs).toBeLessThan(WARM_START_MAX_MS);
    await expectMachineAsBefore();
  },
  2 * START_TIMEOUT_MS,
);

it(
  'starts after a kill -9, and leaves nothing',
  async () => {
    await npm('start', '--detach');
    const cloud = whoRuns(plan);
    expect(cloud).toBeDefined();
    const during = await watched.look();
    for (const kind of KINDS_WHILE_IT_RUNS) expect([kind, during[kind]]).not.toEqual([kind, before[kind]]);
    process.kill(cloud?.pid ?? 0, 'SIGKILL');
    await waitUntil(() => Promise.resolve(whoRuns(plan) === undefined || undefined), {
      what: 'the cloud to be gone',
      timeoutMs: 5000,
    });
    expect((await tracesOf(plan))['netns']).not.toEqual([]);
    expect(await npm('start', '--once')).toContain('GET http://10.77.0.');
    await expectMachineAsBefore();
  },
  2 * START_TIMEOUT_MS,
);

/** The comparison is not blind: while a cloud runs, each of these differs. */
const KINDS_WHILE_IT_RUNS = [
  ...['netns', 'links', 'mounts', 'cgroups', 'run', 'berth'],
  ...['processes', 'listening', 'temporary'],
];

it.each([500, 4000, 9000])(
  'interrupted after %d ms, leaves nothing',
  async (afterMs) => {
    const { argv, env } = command('start');
    const [program = '', ...rest] = argv;
    const child = spawn(program, rest, { env, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    setTimeout(() => child.kill('SIGINT'), afterMs);
    await ended;
    await expectMachineAsBefore();
  },
  START_TIMEOUT_MS,
);

it(
  'does not touch a running cloud when it is started a second time',
  async () => {
    await npm('start', '--detach');
    await expect(npm('start', '--once')).rejects.toThrow('is running');
    expect(whoRuns(plan)).toBeDefined();
    expect((await tracesOf(plan))['netns']?.length).toBe(3);
    await npm('stop');
    await expectMachineAsBefore();
  },
  2 * START_TIMEOUT_MS,
);
