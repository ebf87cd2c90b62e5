import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAgent } from '../../../agent/build.ts';
import { createBell, jitteredDelayMs } from '../../../agent/clock.ts';
import { loadConfig, parseConfig } from '../../../agent/config.ts';
import { createLog, messageOf } from '../../../agent/log.ts';
import { createBackOff } from '../../../agent/loops/back-off.ts';
import { compare, type Findings } from '../../../agent/loops/report.ts';
import { createSlots } from '../../../agent/loops/slots.ts';
import type { TaskReport } from '../../../contract/agent-protocol.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

describe('the configuration', () => {
  it('has defaults for all but where it is', () => {
    expect(parseConfig({ cluster: 'main', region: 'eu-west-1' }, 'f')).toEqual({
      cluster: 'main',
      region: 'eu-west-1',
      stateDir: '/var/lib/berth',
      dockerSocket: '/var/run/docker.sock',
      requireMetadataBlock: true,
      bridges: ['docker+', 'br-+'],
      relistMs: 10_000,
      dockerAskMs: 10_000,
      launches: 16,
    });
  });

  it('names file and key when a value is wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-config-'));
    const path = join(folder, 'agent.json');
    writeFileSync(path, '{"cluster":"main","region":"eu-west-1","relistMs":"often"}');
    await expect(loadConfig(path)).rejects.toThrow(`${path}.relistMs: expected an integer`);
    rmSync(folder, { recursive: true });
  });
});

describe('the bundle', () => {
  it('is the same each time, needs Node alone, and says its version', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-bundle-'));
    const first = readFileSync(await buildAgent(folder, '1.2.3'), 'utf8');
    const path = await buildAgent(folder, '1.2.3');
    expect(readFileSync(path, 'utf8')).toBe(first);
    expect(first).not.toMatch(/^import\b/m);
    const imports = [...first.matchAll(/getBuiltinModule\("([^"]+)"\)/g)].map((found) => found[1]);
    expect(imports.length).toBeGreaterThan(5);
    expect(imports.filter((each) => !each?.startsWith('node:'))).toEqual([]);
    // Each takes half a megabyte or more: see agent/files.ts, iso-time.ts, clock.ts.
    expect(first).not.toMatch(/fs\/promises|toISOString|\bperformance\.|localeCompare/);
    writeFileSync(join(folder, 'c.json'), '{"cluster":"main"}');
    const run = (): string =>
      execFileSync(process.execPath, [path, '--config', join(folder, 'c.json')], { encoding: 'utf8' });
    expect(run).toThrow(
      expect.objectContaining({ status: 1, stdout: expect.stringContaining('.region: expected a string') }),
    );
    rmSync(folder, { recursive: true });
  });
});

describe('a log line', () => {
  it('is one JSON object, with the causes of an error', () => {
    const lines: string[] = [];
    const error = new Error('outer', { cause: new Error('inner') });
    createLog(
      (line) => lines.push(line),
      () => 0,
    ).warn('x', { error: messageOf(error) });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","event":"x","error":"outer: inner"}\n',
    ]);
  });
});

describe('a report', () => {
  const told = (changes: Partial<TaskReport> = {}, rest: Partial<Findings> = {}): Findings => ({
    dockerAnswers: true,
    generation: 1,
    images: [],
    tasks: [{ task: 'task-0001', phase: 'running', health: 'healthy', attempt: 1, ...changes }],
    ...rest,
  });
  it.each([
    ['nothing new', told(), 'same'],
    ['a start on its way', told({ phase: 'starting' }), 'lazy'],
    ['another manifest', told({}, { generation: 2 }), 'lazy'],
    ['another image', told({}, { images: ['a'] }), 'lazy'],
    ['a task less', told({}, { tasks: [] }), 'lazy'],
    ['health', told({ health: 'unhealthy' }), 'prompt'],
    ['a phase that matters', told({ phase: 'draining' }), 'prompt'],
    ['another attempt', told({ attempt: 2 }), 'prompt'],
    ['Docker gone', told({}, { dockerAnswers: false }), 'prompt'],
  ])('of %s waits as it may', (_what, after, urgency) => {
    expect(compare(told(), after)).toBe(urgency);
  });

  it('of good news waits for others that are on their way, of bad news for nobody', () => {
    const two = (first: Partial<TaskReport>, second: Partial<TaskReport>): Findings =>
      told(
        {},
        {
          tasks: [first, second].map((each, index) => ({
            ...told().tasks[0]!,
            task: `task-000${index}`,
            ...each,
          })),
        },
      );
    const before = two({ phase: 'starting', health: 'starting' }, { phase: 'starting', health: 'starting' });
    expect(compare(before, two({}, { phase: 'starting', health: 'starting' }))).toBe('batched');
    expect(compare(before, two({}, {}))).toBe('prompt');
    expect(compare(before, two({}, { health: 'starting' }))).toBe('batched');
    const stuck = {
      phase: 'starting',
      health: 'starting',
      reason: { code: 'port-taken', message: 'x' },
    } as const;
    expect(compare(before, two({}, stuck))).toBe('prompt');
    expect(compare(two({}, before.tasks[1]!), two({ health: 'unhealthy' }, before.tasks[1]!))).toBe('prompt');
  });
});

describe('waiting', () => {
  it('ends when the bell rings, also if it rang before', async () => {
    const clock = virtualClock(0);
    const stop = new AbortController();
    const bell = createBell(clock, stop.signal);
    const ended: number[] = [];
    const wait = (ms: number): void => void bell.wait(ms).then(() => ended.push(clock.now()));
    wait(100);
    await clock.advance(10);
    bell.ring();
    await clock.advance(10);
    expect(ended).toEqual([10]);
    bell.ring();
    wait(100);
    await clock.advance(0);
    expect(ended).toEqual([10, 20]);
    wait(100);
    await clock.advance(200);
    expect(ended).toEqual([10, 20, 120]);
    wait(100);
    stop.abort();
    await clock.advance(0);
    expect(ended).toHaveLength(4);
  });

  it('without a time takes no timer, and ends with a ring or when all ends', async () => {
    const clock = virtualClock(0);
    const stop = new AbortController();
    const sleep = (): never => {
      throw new Error('nothing is to be waited for');
    };
    const bell = createBell({ ...clock, sleep }, stop.signal);
    let ended = 0;
    const wait = (): void => void bell.wait().then(() => (ended += 1));
    wait();
    await clock.advance(10);
    expect(ended).toBe(0);
    bell.ring();
    await clock.advance(0);
    expect(ended).toBe(1);
    wait();
    stop.abort();
    await clock.advance(0);
    expect(ended).toBe(2);
  });

  it('after failures is anywhere up to a doubling bound', () => {
    const bounds = { baseMs: 100, capMs: 1000 };
    expect([1, 2, 4, 5, 500].map((failures) => jitteredDelayMs(failures, bounds, () => 1))).toEqual([
      100, 200, 800, 1000, 1000,
    ]);
    expect(jitteredDelayMs(3, bounds, () => 0)).toBe(0);
  });

  it('after failures ends, and begins anew, when the control plane answers', async () => {
    const clock = virtualClock(0);
    const stop = new AbortController();
    const backOff = createBackOff(clock, () => 1, stop.signal);
    const ended: number[] = [];
    const wait = (): void =>
      void backOff.wait({ baseMs: 100, capMs: 1000 }).then(() => ended.push(clock.now()));
    wait();
    await clock.advance(100);
    wait();
    await clock.advance(200);
    expect([backOff.failures, ...ended]).toEqual([2, 100, 300]);
    wait();
    await clock.advance(10);
    backOff.over();
    await clock.advance(0);
    expect([backOff.failures, ...ended]).toEqual([0, 100, 300, 310]);
    wait();
    await clock.advance(100);
    expect([backOff.failures, ...ended]).toEqual([1, 100, 300, 310, 410]);
    wait();
    stop.abort();
    await clock.advance(0);
    expect(ended).toHaveLength(5);
  });

  it('for a turn is in order, and a failure gives its turn back', async () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const clock = virtualClock(0);
    const work = (name: string, ms: number): Promise<void> =>
      slots.use(async () => {
        order.push(name);
        await clock.sleep(ms);
        if (name === 'a') throw new Error('a');
      });
    const all = Promise.allSettled([work('a', 10), work('b', 30), work('c', 10), work('d', 10)]);
    await clock.advance(5);
    expect(order).toEqual(['a', 'b']);
    await clock.advance(10);
    expect(order).toEqual(['a', 'b', 'c']);
    await clock.advance(100);
    expect((await all).map((each) => each.status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
  });
});
