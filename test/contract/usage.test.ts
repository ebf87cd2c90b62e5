/** What real containers use, as the agent reads it of the kernel, and of Docker where the kernel tells nothing. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../agent/clock.ts';
import { createOptions } from '../../agent/docker/create-options.ts';
import { createDockerEngine } from '../../agent/docker/docker-engine.ts';
import type { Container, DockerEngine } from '../../agent/docker/engine.ts';
import { createContainerCounters } from '../../agent/metrics/container-counters.ts';
import { ratesOf, type Rates } from '../../agent/metrics/rates.ts';
import { readNow } from '../../agent/metrics/read-file.ts';
import { assignment, spec } from '../support/container-spec.ts';
import { eventually } from '../support/eventually.ts';
import { startRealDocker, type RealDocker } from '../support/real-docker.ts';

const MIB = 1024 * 1024;
const SAMPLE_MS = 3000;
let docker: RealDocker;
let engine: DockerEngine;
const programs = {
  /** Half a CPU is its limit, and it would take a whole one. */
  burns: { script: 'while :; do :; done', limitCpuMillis: 500 },
  /** 32 MiB in a shell's variable, and then nothing. */
  holds: {
    script:
      'x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do x="$x$x"; done; sleep 1000; :',
  },
  /** 20 MiB of page cache that the kernel can drop. */
  caches: {
    script: 'i=0; while [ $i -lt 20480 ]; do i=$((i+1)); echo "$l"; done >/tmp/file; sleep 1000',
    l: 'x'.repeat(1023),
  },
  idles: { script: 'sleep 1000' },
};
type Name = keyof typeof programs;
const containers = {} as Record<Name, Container>;

beforeAll(async () => {
  docker = await startRealDocker();
  engine = createDockerEngine({ socketPath: docker.socketPath, cluster: 'test' });
  for (const [name, { script, ...rest }] of Object.entries(programs)) {
    const limits = 'limitCpuMillis' in rest ? { limitCpuMillis: rest.limitCpuMillis } : {};
    const environment = 'l' in rest ? { l: rest.l } : {};
    const container = spec({ entrypoint: ['/bin/sh', '-c'], command: [script], environment, ...limits });
    const place = { cluster: 'test', host: 'h-test0001', cpus: 2 };
    const body = createOptions(assignment(1), { ...container, limitMemoryBytes: 256 * MIB }, place);
    const id = await engine.create(`berth-usage-${name}`, body);
    await engine.start(id);
    const seen = await engine.inspect(id);
    if (seen === undefined) throw new Error(`${name} is gone`);
    containers[name as Name] = seen;
  }
}, 60_000);
afterAll(() => docker.remove(), 60_000);

/** The engine counts its processes in a namespace of its own, into which a host's agent sees. */
const read = (path: string): string | undefined =>
  readNow(/^\/proc\/\d/.test(path) ? `/proc/${docker.initPid()}/root${path}` : path);
const names = Object.keys(programs) as Name[];

/** CPU that the burning program itself has used: user and system, in ticks of 10 ms (proc_pid_stat(5)). */
function burntMs(): number {
  const stat = read(`/proc/${containers.burns.pid}/stat`) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

interface Sample {
  readonly uses: Record<Name, Rates>;
  /** What the burning program had in that time: a busy machine gives it less than its limit. */
  readonly burntMillis: number;
}

/** Two samples by one way of reading, once those that fill memory are done. */
async function sample(way: ReturnType<typeof createContainerCounters>): Promise<Sample> {
  const all = names.map((name) => containers[name]);
  const [from, burntFrom] = [performance.now(), burntMs()];
  const before = await way(all, true);
  await sleep(SAMPLE_MS);
  const after = await way(all, true);
  const burntMillis = ((burntMs() - burntFrom) / (performance.now() - from)) * 1000;
  const uses = Object.fromEntries(
    names.map((name, index) => {
      const [first, last] = [before[index], after[index]];
      if (first === undefined || last === undefined)
        throw new Error(`nothing is known of ${name}: ${JSON.stringify([containers[name], before, after])}`);
      return [name, ratesOf(first, last, 2)];
    }),
  ) as Record<Name, Rates>;
  return { uses, burntMillis };
}

/** As in containers of these programs, by whichever way. */
function expectUses({ uses, burntMillis }: Sample): void {
  expect(burntMillis).toBeGreaterThan(0);
  // Docker's own samples are up to a second old.
  expect(Math.abs(uses.burns.cpuMillis - burntMillis)).toBeLessThan(burntMillis / 2);
  expect(uses.burns.cpuMillis).toBeLessThan(600);
  expect(uses.idles.cpuMillis).toBeLessThan(50);
  expect(uses.holds.cpuMillis).toBeLessThan(50);
  expect(uses.holds.memoryBytes).toBeGreaterThan(32 * MIB);
  expect(uses.idles.memoryBytes).toBeLessThan(8 * MIB);
  expect(uses.caches.memoryBytes).toBeLessThan(8 * MIB);
  expect(uses.idles.networkBytesPerSecond).toBeGreaterThanOrEqual(0);
}

describe('what containers use', () => {
  it('is read of the kernel, without a question to Docker', async () => {
    const asked: string[] = [];
    const stats = (id: string): ReturnType<DockerEngine['stats']> => {
      asked.push(id);
      return engine.stats(id);
    };
    const way = createContainerCounters({ engine: { stats }, clock: systemClock, read });
    await eventually(async () => (await sample(way)).uses.caches.cpuMillis < 50, {
      what: 'rest',
      withinMs: 40_000,
    });
    expectUses(await sample(way));
    expect(asked).toEqual([]);
  }, 60_000);

  it('is asked of Docker where the kernel’s files cannot be read, and is the same', async () => {
    const blind = (path: string): string | undefined =>
      path.includes('mountinfo') ? undefined : readNow(path);
    expectUses(await sample(createContainerCounters({ engine, clock: systemClock, read: blind })));
  }, 60_000);

  it('is unknown where neither tells', async () => {
    const way = createContainerCounters({ engine, clock: systemClock, read: () => undefined });
    expect(await way([containers.idles], false)).toEqual([undefined]);
  });

  it('is not that of another container that has its number by now', async () => {
    const taken = { ...containers.idles, id: 'f'.repeat(64) };
    const way = createContainerCounters({ engine, clock: systemClock, read });
    expect(await way([taken], false)).toEqual([undefined]);
  });
});
