/**
 * What each task uses: samples of the containers that run, one for each look of the beat loop (about 15 s apart).
 *
 * In: the manifest, the containers, what replicas tell and say. Out: usages as a beat tells them.
 * A container that is seen for the first time has used what it has since its start; where that time makes no sense it
 * is known from the next sample on.
 * Fails: never; what cannot be had is absent.
 */
import type { Assignment, ContainerSpec, TaskUsage } from '../../contract/agent-protocol.ts';
import type { Clock } from '../clock.ts';
import type { Container } from '../docker/engine.ts';
import type { Log } from '../log.ts';
import type { View } from '../loops/observe.ts';
import type { Store } from '../loops/store.ts';
import { runOf } from '../probes/task-health.ts';
import type { ReadCounters } from './container-counters.ts';
import { metricKey, metricsOf, scrapesOf } from './metrics-of.ts';
import type { Pushed } from './pushed.ts';
import { ratesOf, SHORTEST_MS, type Rates, type Reading } from './rates.ts';
import type { Scrape } from './scrape.ts';
import { createScraper } from './scraper.ts';

export interface Meter {
  sample(): Promise<readonly TaskUsage[]>;
}

export interface MeterOptions {
  readonly store: Store;
  readonly view: () => View;
  readonly counters: ReadCounters;
  readonly scrape: Scrape;
  readonly pushed: Pushed;
  /** Of the host. */
  readonly cpus: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a beat holds. */
const TASKS_MAX = 1000;
/** On a container: its replica is not to be taken away for lack of load. */
export const PROTECT_LABEL = 'berth.protect';

export interface MeteredTask {
  readonly assignment: Assignment;
  readonly spec: ContainerSpec;
  readonly container: Container;
}

export function createMeter(options: MeterOptions): Meter {
  const { store, pushed, cpus } = options;
  const scraper = createScraper(options);
  /** By run. */
  let last = new Map<string, Reading>();

  const rates = (run: string, container: Container, reading: Reading): Rates | undefined => {
    const before = last.get(run);
    if (before !== undefined) return ratesOf(before, reading, cpus);
    const startedAtMs = Date.parse(container.startedAt);
    if (!(reading.atMs - startedAtMs >= SHORTEST_MS)) return undefined;
    return ratesOf({ atMs: startedAtMs }, reading, cpus);
  };

  const isProtected = ({ assignment, container }: MeteredTask): boolean => {
    const memory = store.get().health[assignment.task];
    return (
      container.labels[PROTECT_LABEL] === 'true' ||
      (memory?.protect === true && memory.run === runOf(container))
    );
  };

  return {
    sample: async () => {
      const tasks = meteredTasks(options);
      pushed.keep(new Set(tasks.map(({ assignment }) => assignment.task)));
      const scraped = scraper.round(scrapesOf(tasks));
      const containers = tasks.map(({ container }) => container);
      const readings = await options.counters(containers, options.view().answers);
      await scraped;
      const next = new Map<string, Reading>();
      const usages = tasks.flatMap((task, index) => {
        const reading = readings[index];
        if (reading === undefined) return [];
        const run = runOf(task.container);
        next.set(run, reading);
        const used = rates(run, task.container, reading);
        if (used === undefined) return [];
        const metrics = metricsOf(task, pushed, (each) => scraper.told(metricKey(task, each)));
        return [
          {
            task: task.assignment.task,
            ...used,
            ...(metrics === undefined ? {} : { metrics }),
            ...(isProtected(task) ? { isProtected: true as const } : {}),
          },
        ];
      });
      last = next;
      return usages;
    },
  };
}

/** Tasks of the manifest whose container runs. */
function meteredTasks({ store, view }: MeterOptions): readonly MeteredTask[] {
  const { manifest } = store.get();
  const { containers } = view();
  return (manifest?.assignments ?? [])
    .flatMap((assignment) => {
      const container = containers.get(assignment.task);
      const spec = manifest?.specs[assignment.spec];
      return container?.state === 'running' && spec !== undefined ? [{ assignment, spec, container }] : [];
    })
    .slice(0, TASKS_MAX);
}
