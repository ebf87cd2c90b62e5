/** `npm start`, again and again, killed in between: it works each time, and the machine ends as it began. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { whoRuns } from '../../local/claim.ts';
import { DEFAULT_CLOUD, planCloud } from '../../local/plan.ts';
import { run } from '../../local/run.ts';
import { waitUntil } from '../../local/wait-until.ts';
import { tracesOf, wholeMachine } from '../support/machine-state.ts';

const PROJECT = join(import.meta.dirname, '../..');
const plan = planCloud(DEFAULT_CLOUD.name, DEFAULT_CLOUD.index, PROJECT);
const START_TIMEOUT_MS = 5 * 60_000;
/** A second start, with everything installed and synthesized. */
const WARM_START_MAX_MS = 40_000;

const npm = (verb: string, ...args: string[]) =>
  run(process.execPath, [join(PROJECT, 'local/start.mjs'), verb, ...args], { timeoutMs: START_TIMEOUT_MS });

let before: Awaited<ReturnType<typeof wholeMachine>>;
beforeAll(async () => {
  await npm('stop');
  before = await wholeMachine();
}, START_TIMEOUT_MS);
afterAll(async () => {
  await npm('stop');
}, START_TIMEOUT_MS);

it(
  'starts twice in a row, the second time quickly, and leaves nothing',
  async () => {
    expect(await npm('start', '--once')).toContain('GET http://10.77.0.');
    const started = performance.now();
    expect(await npm('start', '--once')).toContain('GET http://10.77.0.');
    expect(performance.now() - started).toBeLessThan(WARM_START_MAX_MS);
    expect(await wholeMachine()).toEqual(before);
  },
  2 * START_TIMEOUT_MS,
);

it(
  'starts after a kill -9, and leaves nothing',
  async () => {
    await npm('start', '--detach');
    const cloud = whoRuns(plan);
    expect(cloud).toBeDefined();
    process.kill(cloud?.pid ?? 0, 'SIGKILL');
    await waitUntil(() => Promise.resolve(whoRuns(plan) === undefined || undefined), {
      what: 'the cloud to be gone',
      timeoutMs: 5000,
    });
    expect((await tracesOf(plan))['netns']).not.toEqual([]);
    expect(await npm('start', '--once')).toContain('GET http://10.77.0.');
    expect(await wholeMachine()).toEqual(before);
  },
  2 * START_TIMEOUT_MS,
);

it.each([500, 4000, 9000])(
  'interrupted after %d ms, leaves nothing',
  async (afterMs) => {
    const child = spawn(process.execPath, [join(PROJECT, 'local/start.mjs'), 'start'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    setTimeout(() => child.kill('SIGINT'), afterMs);
    await ended;
    expect(await wholeMachine()).toEqual(before);
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
    expect(await wholeMachine()).toEqual(before);
  },
  2 * START_TIMEOUT_MS,
);
