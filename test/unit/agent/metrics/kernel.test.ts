/** What the kernel's texts say, of cgroup v1 and v2, in recorded ones. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createContainerCounters, STATS } from '../../../../agent/metrics/container-counters.ts';
import { foldersOf, readGroup, type Counters } from '../../../../agent/metrics/group-counters.ts';
import * as kernel from '../../../../agent/metrics/kernel-text.ts';
import { ratesOf, SHORTEST_MS } from '../../../../agent/metrics/rates.ts';
import { readNow } from '../../../../agent/metrics/read-file.ts';
import { createHostUsage } from '../../../../agent/host/host-usage.ts';
import { virtualClock } from '../../../support/virtual-clock.ts';
import { container } from '../scenes.ts';
import { ID, NET_DEV, V1, V2 } from './recorded.ts';

const reading = (files: Record<string, string>) => (path: string) => files[path];

describe('what a container has used', () => {
  it.each(['cgroupfs', 'systemd'] as const)('is read of cgroup v1, driver %s', (driver) => {
    const files = V1(driver);
    const folders = foldersOf(files['/proc/4711/cgroup'] ?? '', files['/proc/self/mountinfo'] ?? '');
    expect(folders && readGroup(reading(files), folders)).toEqual({
      cpuMs: 12_345.678901,
      memoryBytes: 52_428_800 - 10_485_760,
      diskBytes: 4096 + 8192 + 100,
      cpuPressureMs: undefined,
      memoryPressureMs: undefined,
    });
  });

  it.each(['cgroupfs', 'systemd'] as const)('is read of cgroup v2, driver %s', (driver) => {
    const files = V2(driver);
    const folders = foldersOf(files['/proc/4711/cgroup'] ?? '', files['/proc/self/mountinfo'] ?? '');
    expect(folders && readGroup(reading(files), folders)).toEqual({
      cpuMs: 2500.5,
      memoryBytes: 41_943_040 - 1_048_576,
      diskBytes: 1_000_000 + 2_000_000 + 5,
      cpuPressureMs: 1234.567,
      memoryPressureMs: 0,
    });
  });

  it('does not tell what its files do not say', () => {
    const { [`/sys/fs/cgroup/docker/${ID}/io.stat`]: _, ...files } = V2('cgroupfs');
    const folders = foldersOf(files['/proc/4711/cgroup'] ?? '', files['/proc/self/mountinfo'] ?? '');
    expect(folders && readGroup(reading(files), folders)).toMatchObject({
      diskBytes: undefined,
      cpuMs: 2500.5,
    });
    expect(foldersOf('', '')).toBeUndefined();
  });

  it('counts the network of all interfaces but its own loopback', () => {
    expect(kernel.networkBytes(NET_DEV)).toBe(1042 + 736 + 10 + 20);
    expect(kernel.networkBytes(NET_DEV, (name) => name === 'eth1')).toBe(30);
    expect(kernel.networkBytes(undefined)).toBeUndefined();
  });

  it('throws at no text whatever', () => {
    const text = fc.string({ unit: 'binary-ascii', maxLength: 300 });
    fc.assert(
      fc.property(text, (any) => {
        for (const parse of [kernel.ioStatBytes, kernel.blkioBytes, kernel.networkBytes, kernel.diskBytes])
          expect(parse(any)).toBeGreaterThanOrEqual(0);
        for (const found of [kernel.pressureMs(any), kernel.wholeNumber(any), kernel.flatNumber(any, 'a')])
          expect(found ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is read of files of this machine', () => {
    expect(kernel.wholeNumber(readNow('/proc/sys/kernel/pid_max'))).toBeGreaterThan(100);
    expect(kernel.networkBytes(readNow('/proc/self/net/dev'))).toBeGreaterThanOrEqual(0);
    expect(readNow('/proc/self/no-such-file')).toBeUndefined();
    expect(readNow('/proc')).toBeUndefined();
  });
});

describe('the way to a container’s counters', () => {
  const stats: Counters = { cpuMs: 7, memoryBytes: 7 };
  const one = container({ id: ID, pid: 4711 });
  const way = (files: Record<string, string>) => {
    const asked: string[] = [];
    const seen: string[] = [];
    const clock = virtualClock();
    const engine = {
      stats: (id: string) => {
        asked.push(id);
        return Promise.resolve(stats);
      },
    };
    const read = (path: string): string | undefined => {
      seen.push(path);
      return files[path];
    };
    return { asked, seen, clock, read: createContainerCounters({ engine, clock, read }) };
  };

  it('is the kernel, which is asked once for each run where its groups are', async () => {
    const { asked, seen, read } = way(V2('systemd'));
    for (let sample = 1; sample <= 3; sample++)
      expect((await read([one], true))[0]?.counters.cpuMs).toBe(2500.5);
    expect(asked).toEqual([]);
    expect(seen.filter((path) => path === '/proc/4711/cgroup')).toHaveLength(1);
    expect(seen.filter((path) => path.endsWith('/cpu.stat'))).toHaveLength(3);
    await read([{ ...one, startedAt: 'another run' }], true);
    expect(seen.filter((path) => path === '/proc/4711/cgroup')).toHaveLength(2);
  });

  it('is Docker where the groups are not the container’s, and nobody when Docker is silent', async () => {
    const { asked, read } = way(V2('systemd'));
    const other = { ...one, id: 'b'.repeat(64) };
    expect((await read([other, one], true)).map((each) => each?.counters.cpuMs)).toEqual([7, 2500.5]);
    expect(asked).toEqual([other.id]);
    expect(await read([other], false)).toEqual([undefined]);
    expect(asked).toEqual([other.id]);
  });

  it('asks Docker of some at once, and of all by turns', async () => {
    const { asked, read } = way({});
    const many = Array.from({ length: STATS.most * 2 + 3 }, (_, index) => ({ ...one, id: `c${index}` }));
    for (let sample = 1; sample <= 3; sample++) {
      const found = await read(many, true);
      expect(found.filter((each) => each !== undefined)).toHaveLength(STATS.most);
      expect(asked).toHaveLength(STATS.most * sample);
    }
    expect(new Set(asked).size).toBe(many.length);
  });

  it('waits no longer for a Docker that hangs than it may', async () => {
    const clock = virtualClock();
    const engine = { stats: () => new Promise<undefined>(() => undefined) };
    const read = createContainerCounters({ engine, clock, read: () => undefined });
    let found: unknown;
    void read([one], true).then((readings) => (found = readings));
    await clock.advance(STATS.waitMs - 1);
    expect(found).toBeUndefined();
    await clock.advance(2);
    expect(found).toEqual([undefined]);
  });
});

describe('rates', () => {
  const counters = (cpuMs: number, more: Partial<Counters> = {}): Counters => ({
    cpuMs,
    memoryBytes: 1,
    ...more,
  });

  it('are means over the time between', () => {
    const before = {
      atMs: 1000,
      counters: counters(100, { networkBytes: 0, diskBytes: 50, cpuPressureMs: 0 }),
    };
    const after = {
      atMs: 16_000,
      counters: counters(7600, { networkBytes: 150_000, diskBytes: 50, cpuPressureMs: 1500 }),
    };
    expect(ratesOf(before, after, 2)).toEqual({
      cpuMillis: 500,
      memoryBytes: 1,
      networkBytesPerSecond: 10_000,
      diskBytesPerSecond: 0,
      cpuPressurePercent: 10,
    });
  });

  it('of a container seen for the first time are of its CPU since its start, and of nothing else', () => {
    const after = { atMs: 5000, counters: counters(1000, { networkBytes: 9, diskBytes: 9 }) };
    expect(ratesOf({ atMs: 3000 }, after, 2)).toEqual({ cpuMillis: 500, memoryBytes: 1 });
  });

  it('are never negative, and never more than the host has, whatever the counters do', () => {
    const any = fc.record({
      cpuMs: fc.nat({ max: 1e12 }),
      memoryBytes: fc.nat({ max: 1e12 }),
      networkBytes: fc.option(fc.nat({ max: 1e12 }), { nil: undefined }),
      diskBytes: fc.option(fc.nat({ max: 1e12 }), { nil: undefined }),
      cpuPressureMs: fc.option(fc.nat({ max: 1e12 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        any,
        any,
        fc.nat({ max: 1e6 }),
        fc.integer({ min: 1, max: 64 }),
        (first, last, ms, cpus) => {
          const rates = ratesOf({ atMs: 1000, counters: first }, { atMs: 1000 + ms, counters: last }, cpus);
          for (const value of Object.values(rates)) expect(value).toBeGreaterThanOrEqual(0);
          expect(rates.cpuMillis).toBeLessThanOrEqual(cpus * 1000);
          expect(rates.cpuPressurePercent ?? 0).toBeLessThanOrEqual(100);
        },
      ),
    );
  });

  it('of a restarted container, whose counters begin at 0, are of what they show now', () => {
    const before = { atMs: 0, counters: counters(900_000, { networkBytes: 1e9 }) };
    const after = { atMs: 15_000, counters: counters(1500, { networkBytes: 15_000 }) };
    expect(ratesOf(before, after, 2)).toEqual({
      cpuMillis: 100,
      memoryBytes: 1,
      networkBytesPerSecond: 1000,
    });
  });

  it('take a moment for a second', () => {
    const before = { atMs: 0, counters: counters(0) };
    expect(ratesOf(before, { atMs: 1, counters: counters(SHORTEST_MS / 10) }, 2).cpuMillis).toBe(100);
  });
});

describe('the usage of a host', () => {
  const proc = {
    '/proc/stat': 'cpu  100 0 100 700 100 0 0 0 50 0\n',
    '/proc/meminfo': 'MemTotal:  2000 kB\nMemAvailable:   500 kB\n',
    '/proc/net/route': 'Iface\tDestination\tGateway\neth1\t00000000\t0100000A\neth0\t0000000A\t00000000\n',
    '/proc/net/dev': NET_DEV,
    '/proc/diskstats':
      ' 259 0 nvme0n1 1 0 100 0 1 0 50 0\n 259 1 nvme0n1p1 1 0 90 0 1 0 40 0\n 7 0 loop0 1 0 9 0 1 0 9 0\n',
    '/proc/pressure/cpu': 'some avg10=1 avg60=1 avg300=1 total=5000000\n',
  };
  const group = {
    '/proc/self/cgroup': '0::/berth/c1/i-1/init\n',
    '/proc/self/mountinfo': '30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw,nsdelegate\n',
    '/sys/fs/cgroup/berth/c1/i-1/cpu.max': '200000 100000\n',
    '/sys/fs/cgroup/berth/c1/i-1/cpu.stat': 'usage_usec 1000000\nuser_usec 1\n',
    '/sys/fs/cgroup/berth/c1/i-1/memory.max': '1000\n',
    '/sys/fs/cgroup/berth/c1/i-1/memory.current': '700\n',
    '/sys/fs/cgroup/berth/c1/i-1/memory.stat': 'anon 1\ninactive_file 200\n',
  };

  it('is that of the machine where nothing limits it', async () => {
    let now = 0;
    const files: Record<string, string> = { ...proc };
    const usage = createHostUsage(reading(files), () => now);
    expect(await usage()).toEqual({ cpuPercent: 20, memoryPercent: 75, load: {} });
    now = 10_000;
    files['/proc/stat'] = 'cpu  200 0 150 800 150 0 0 0 50 0\n';
    files['/proc/diskstats'] = ' 259 0 nvme0n1 1 0 300 0 1 0 50 0\n';
    files['/proc/pressure/cpu'] = 'some avg10=1 avg60=1 avg300=1 total=5500000\n';
    expect(await usage()).toEqual({
      cpuPercent: 50,
      memoryPercent: 75,
      load: { networkBytesPerSecond: 0, diskBytesPerSecond: 200 * 51.2, cpuPressurePercent: 5 },
    });
  });

  it('is that of its group against the group’s limits where there are some', async () => {
    let now = 0;
    const files: Record<string, string> = { ...proc, ...group };
    const usage = createHostUsage(reading(files), () => now);
    expect(await usage()).toMatchObject({ cpuPercent: 0, memoryPercent: 50 });
    now = 10_000;
    files['/sys/fs/cgroup/berth/c1/i-1/cpu.stat'] = 'usage_usec 6000000\nuser_usec 1\n';
    expect(await usage()).toMatchObject({ cpuPercent: 25, memoryPercent: 50 });
  });

  it('is that of the machine where the group’s counters cannot be read', async () => {
    const { '/sys/fs/cgroup/berth/c1/i-1/cpu.stat': _, ...files } = { ...proc, ...group };
    expect(await createHostUsage(reading(files), () => 0)()).toMatchObject({ cpuPercent: 20 });
  });
});
