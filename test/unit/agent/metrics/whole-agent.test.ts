/** The whole agent in virtual time: what its beats tell of what tasks use, and when. */
import { describe, expect, it } from '@jest/globals';
import type { Beat, ContainerSpec, TaskUsage, WantedMetric } from '../../../../contract/agent-protocol.ts';
import { isNews } from '../../../../agent/loops/beat.ts';
import { isUsageNews, NOISE } from '../../../../agent/metrics/news.ts';
import { PUSHED_MS } from '../../../../agent/metrics/pushed.ts';
import type { Saying } from '../../../../agent/signals/words.ts';
import type { AgentWorld } from '../../../support/agent-world.ts';
import { spec } from '../../../support/container-spec.ts';
import { programs } from '../../../support/programs.ts';
import { name, running, slots, task } from '../settled.ts';

const MIB = 1024 * 1024;
const ONE = task(1);
const SAMPLE_MS = 15_000;
const web = (changes: Partial<ContainerSpec> = {}): ContainerSpec =>
  spec({
    command: [...programs.graceful(0).argv],
    reservedCpuMillis: 1000,
    reservedMemoryBytes: 1024 * MIB,
    ...changes,
  });
const jobs: WantedMetric = { name: 'jobs', value: 10, source: { kind: 'socket' } };
const depth: WantedMetric = {
  name: 'depth',
  value: 10,
  source: { kind: 'prometheus', port: 9090, path: '/metrics' },
};

/** Tasks that run in a cluster whose beats are a minute apart, and have been told of. */
async function resting(count = 1, of = web()): Promise<AgentWorld> {
  const world = await running(count, of);
  world.setPace({ beatMs: 60_000 });
  await world.clock.advance(70_000);
  return world;
}
/** A replica speaks; what it says is kept on the disk first, which takes a moment. */
const say = async (world: AgentWorld, said: Saying): Promise<string> => {
  const answer = world.signals().say(ONE, said);
  await world.clock.advance(20);
  return answer;
};
const last = (world: AgentWorld): AgentWorld['beats'][number] => world.beats.at(-1)!;
const told = (world: AgentWorld, of = ONE): TaskUsage | undefined =>
  last(world).tasks?.find((each) => each.task === of);
const metrics = (world: AgentWorld): Record<string, number> | undefined => told(world)?.metrics;

describe('beats', () => {
  it('tell what each running task uses', async () => {
    const world = await resting(2);
    expect(last(world).tasks).toEqual([
      { task: ONE, cpuMillis: 20, memoryBytes: 8 * MIB },
      { task: task(2), cpuMillis: 20, memoryBytes: 8 * MIB },
    ]);
  });

  it('come each minute while nothing moves by ten points', async () => {
    const world = await resting();
    const before = world.beats.length;
    world.counters.use(ONE, { cpuMillis: 110, memoryBytes: 100 * MIB });
    await world.clock.advance(600_000);
    expect(world.beats.length - before).toBe(10);
  });

  it('come within a sample when CPU or memory moved by ten points, at most once in 15 s', async () => {
    const world = await resting();
    for (const use of [{ cpuMillis: 600 }, { memoryBytes: 200 * MIB }, { cpuMillis: 20 }]) {
      const before = world.beats.length;
      world.counters.use(ONE, use);
      await world.clock.advance(2 * SAMPLE_MS + 1000);
      expect(world.beats.length).toBeGreaterThan(before);
      expect(told(world)).toMatchObject(use);
    }
    for (const [index, { atMs }] of world.beats.slice(1).entries())
      expect(atMs - world.beats[index]!.atMs).toBeGreaterThanOrEqual(5000);
  });

  it('do not tell of a task that cannot be read, or that does not run', async () => {
    const world = await resting(2);
    world.counters.use(ONE, 'unknown');
    await world.clock.advance(65_000);
    expect(last(world).tasks?.map((each) => each.task)).toEqual([task(2)]);
    world.wantOf('stop', task(2));
    await world.clock.advance(65_000);
    expect(last(world).tasks).toEqual([]);
  });

  it('tell no absurd rate of a container that was restarted', async () => {
    const world = await resting();
    world.counters.use(ONE, { cpuMillis: 1500 });
    await world.clock.advance(120_000);
    world.docker.crash(name(1));
    await world.clock.advance(120_000);
    for (const beat of world.beats)
      for (const each of beat.tasks ?? []) expect(each.cpuMillis).toBeLessThanOrEqual(1500);
    expect(told(world)?.cpuMillis).toBe(1500);
  });
});

describe('numbers of a replica’s own', () => {
  it('are asked for at the container, and told as they are; one that fails is absent', async () => {
    const world = await running(1, web({ metrics: [depth] }));
    const { address } = world.docker.everything()[0]!;
    world.counters.tell(address, { depth: 12.5, other: 1 });
    await world.clock.advance(40_000);
    expect(world.counters.scraped.at(-1)).toEqual({
      address,
      port: 9090,
      path: '/metrics',
      names: ['depth'],
    });
    expect(metrics(world)).toEqual({ depth: 12.5 });
    world.counters.tell(address, new Error('status 500'));
    await world.clock.advance(40_000);
    expect(told(world)).toMatchObject({ cpuMillis: 20 });
    expect(metrics(world)).toBeUndefined();
    expect(world.log.filter((line) => line.event === 'metrics-unknown').length).toBeGreaterThan(0);
  });

  it('are within what the wire takes, however large or small', async () => {
    const world = await running(1, web({ metrics: [depth] }));
    const { address } = world.docker.everything()[0]!;
    for (const [value, wanted] of [
      [1e300, 1e15],
      [-1e300, -1e15],
      [1e-300, 0],
    ] as const) {
      world.counters.tell(address, { depth: value });
      await world.clock.advance(40_000);
      expect(metrics(world)).toEqual({ depth: wanted });
    }
  });

  it('are heard on the socket, for a minute, of those that somebody reads', async () => {
    const world = await resting(1, web({ socket: true, metrics: [jobs] }));
    expect(await say(world, { metric: 'jobs', value: 7 })).toBe('ok');
    expect(await say(world, { metric: 'others', value: 7 })).toBe('error');
    await world.clock.advance(2 * SAMPLE_MS);
    expect(metrics(world)).toEqual({ jobs: 7 });
    await world.clock.advance(PUSHED_MS + 2 * SAMPLE_MS);
    expect(metrics(world)).toBeUndefined();
  });

  it('are known anew by running containers when the manifest says so', async () => {
    const world = await running(1, web());
    const { address, id } = world.docker.everything()[0]!;
    world.counters.tell(address, { depth: 3 });
    world.want({ 'web-1': web({ metrics: [depth] }) }, slots(1));
    await world.clock.advance(40_000);
    expect(metrics(world)).toEqual({ depth: 3 });
    expect(world.docker.everything()[0]?.id).toBe(id);
  });
});

describe('a replica that asks not to be taken away', () => {
  it('is told as such within a sample, until it takes it back, through restarts of the agent', async () => {
    const world = await resting(1, web({ socket: true }));
    expect(told(world)?.isProtected).toBeUndefined();
    expect(await say(world, { protect: true })).toBe('ok');
    await world.clock.advance(SAMPLE_MS * 2);
    expect(told(world)?.isProtected).toBe(true);
    await world.crash();
    world.boot();
    await world.clock.advance(40_000);
    expect(told(world)?.isProtected).toBe(true);
    await say(world, { protect: false });
    await world.clock.advance(SAMPLE_MS * 2);
    expect(told(world)?.isProtected).toBeUndefined();
  });

  it('is forgotten with its container', async () => {
    const world = await resting(1, web({ socket: true }));
    await say(world, { protect: true });
    await world.clock.advance(SAMPLE_MS * 2);
    world.docker.crash(name(1));
    await world.clock.advance(120_000);
    expect(told(world)?.isProtected).toBeUndefined();
  });

  it('may say so with a label', async () => {
    const world = await resting(1, web({ labels: { 'berth.protect': 'true' } }));
    expect(told(world)?.isProtected).toBe(true);
    expect(world.signals().tasks()).toEqual([]);
  });
});

describe('news of usage', () => {
  const usage = (changes: Partial<TaskUsage> = {}): TaskUsage => ({
    task: ONE,
    cpuMillis: 500,
    memoryBytes: 0,
    ...changes,
  });
  const news = (before: TaskUsage | undefined, now: TaskUsage, of = web({ metrics: [jobs] })): boolean =>
    isUsageNews(before === undefined ? [] : [before], [now], new Map([[ONE, of]]));

  it('is a tenth of the reservation, or else of the limit, and no noise', () => {
    expect(news(usage(), usage({ cpuMillis: 599 }))).toBe(false);
    expect(news(usage(), usage({ cpuMillis: 600 }))).toBe(true);
    expect(news(usage(), usage({ cpuMillis: 400 }))).toBe(true);
    const small = web({ reservedCpuMillis: 10 });
    expect(news(usage(), usage({ cpuMillis: 500 + NOISE.cpuMillis - 1 }), small)).toBe(false);
    expect(news(usage(), usage({ cpuMillis: 500 + NOISE.cpuMillis }), small)).toBe(true);
    const limited = web({ reservedCpuMillis: 0, limitCpuMillis: 4000 });
    expect(news(usage(), usage({ cpuMillis: 899 }), limited)).toBe(false);
    expect(news(usage(), usage({ cpuMillis: 900 }), limited)).toBe(true);
  });

  it('is a tenth of what a metric aims at, or one that comes or goes', () => {
    const of = (value?: number): TaskUsage => usage(value === undefined ? {} : { metrics: { jobs: value } });
    expect([
      news(of(5), of(5.9)),
      news(of(5), of(6)),
      news(of(5), of()),
      news(of(), of(5)),
      news(of(), of()),
    ]).toEqual([false, true, true, true, false]);
  });

  it('is a new task that uses much, and none that is gone or unknown', () => {
    expect(news(undefined, usage())).toBe(true);
    expect(news(undefined, usage({ cpuMillis: 1 }))).toBe(false);
    expect(isUsageNews([usage()], [], new Map([[ONE, web()]]))).toBe(false);
    expect(isUsageNews([], [usage()], new Map())).toBe(false);
  });

  it('beside the host’s own', () => {
    const still = { cpuPercent: 1, memoryPercent: 1, diskPercent: 1, silent: [], answering: [] };
    expect(isNews(still, { ...still, cpuPercent: 11 })).toBe(true);
  });
});

describe('an older control plane', () => {
  it('that refuses beats with usages gets them without, and still hears each minute', async () => {
    const world = await running(1, web());
    const seen: Beat[] = [];
    world.refuseBeats((beat) => {
      const isNew = beat.tasks !== undefined || beat.load !== undefined;
      if (!isNew) seen.push(beat);
      return isNew;
    });
    const before = world.beats.length;
    await world.clock.advance(120_000);
    expect(seen.length).toBeGreaterThan(20);
    expect(world.beats.length - before).toBe(seen.length);
    expect(world.log.filter((line) => line.event === 'beat-refused')).toHaveLength(1);
  });
});
