/** The port "counters", scripted: containers that use what a test says, from the time on at which it says so. */
import type { Clock } from '../../agent/clock.ts';
import { LABELS, type Container } from '../../agent/docker/engine.ts';
import type { ReadCounters } from '../../agent/metrics/container-counters.ts';
import type { Scrape, ScrapeTarget } from '../../agent/metrics/scrape.ts';
import { runOf } from '../../agent/probes/task-health.ts';

export interface Use {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

export interface FakeCounters {
  readonly read: ReadCounters;
  /** From now on the task uses so much; `unknown`: it cannot be read. */
  use(task: string, what: Partial<Use> | 'unknown'): void;
  readonly scrape: Scrape;
  /** What a container tells at its metrics address, by task; an error is thrown. */
  tell(address: string, numbers: Readonly<Record<string, number>> | Error): void;
  readonly scraped: ScrapeTarget[];
}

/** Unless told, every container uses 20 millis and 8 MiB. */
export function fakeCounters(
  clock: Clock,
  /** What a container uses now, where nothing else was said of it. */
  cpuMillisOf: (container: Container) => number | undefined = () => undefined,
): FakeCounters {
  const uses = new Map<string, Use | 'unknown'>();
  const burnt = new Map<string, { cpuMs: number; atMs: number; cpuMillis: number }>();
  const told = new Map<string, Readonly<Record<string, number>> | Error>();
  const scraped: ScrapeTarget[] = [];
  const usual: Use = { cpuMillis: 20, memoryBytes: 8 * 1024 * 1024 };
  const useOf = (container: Container): Use | 'unknown' =>
    uses.get(container.labels[LABELS.task] ?? '') ?? {
      ...usual,
      cpuMillis: cpuMillisOf(container) ?? usual.cpuMillis,
    };

  /** What it has burnt up to now, by what it burnt at until now. */
  const settle = (container: Container, use: Use | 'unknown'): number => {
    const cpuMillis = use === 'unknown' ? 0 : use.cpuMillis;
    const now = clock.now();
    const run = runOf(container);
    const before = burnt.get(run) ?? { cpuMs: 0, atMs: now, cpuMillis };
    const cpuMs = before.cpuMs + ((now - before.atMs) * before.cpuMillis) / 1000;
    burnt.set(run, { cpuMs, atMs: now, cpuMillis });
    return cpuMs;
  };

  return {
    scraped,
    read: (containers) =>
      Promise.resolve(
        containers.map((container) => {
          const use = useOf(container);
          const cpuMs = settle(container, use);
          return use === 'unknown'
            ? undefined
            : { atMs: clock.now(), counters: { cpuMs, memoryBytes: use.memoryBytes } };
        }),
      ),
    use: (task, what) => {
      const before = uses.get(task) ?? usual;
      const known = before === 'unknown' ? usual : before;
      uses.set(task, what === 'unknown' ? what : { ...known, ...what });
    },
    tell: (address, numbers) => void told.set(address, numbers),
    scrape: async (target) => {
      scraped.push(target);
      await clock.sleep(1);
      const numbers = told.get(target.address) ?? new Error('nothing listens (told so)');
      if (numbers instanceof Error) throw numbers;
      return Object.fromEntries(Object.entries(numbers).filter(([name]) => target.names.includes(name)));
    },
  };
}
