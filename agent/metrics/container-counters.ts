/**
 * What containers have used so far: from the files of their control groups, and from Docker's own statistics only where
 * those cannot be read.
 *
 * A container's groups are those of its first process, of which Docker tells the number; the number may be another's by
 * now, so a group counts only if its name has the container's id, as Docker's both drivers name it
 * (`/docker/ID`, `/system.slice/docker-ID.scope`). They are looked up once for each run.
 * Fails: never; undefined for a container of which nothing could be had.
 */
import type { Clock } from '../clock.ts';
import type { Container, DockerEngine } from '../docker/engine.ts';
import { runOf } from '../probes/task-health.ts';
import { foldersOf, readGroup, type GroupFolders } from './group-counters.ts';
import { networkBytes } from './kernel-text.ts';
import type { Reading } from './rates.ts';
import { readNow, type ReadNow } from './read-file.ts';

/**
 * Reads containers as they run now, in the order given; undefined: not to be had.
 * @param mayAsk whether Docker answers; one that hangs is not asked
 */
export type ReadCounters = (
  containers: readonly Container[],
  mayAsk: boolean,
) => Promise<readonly (Reading | undefined)[]>;

/**
 * Questions to Docker for one sample, all at once, and how long they are waited for, as a beat has to go: Docker 20.10
 * takes a second for a container that is at its CPU limit.
 */
export const STATS = { most: 8, waitMs: 2000 } as const;

export interface ContainerCountersOptions {
  readonly engine: Pick<DockerEngine, 'stats'>;
  readonly clock: Clock;
  readonly read?: ReadNow;
}

export function createContainerCounters(options: ContainerCountersOptions): ReadCounters {
  const { engine, clock, read = readNow } = options;
  let known = new Map<string, GroupFolders>();
  /** Whose turn it is with Docker, when not all get one. */
  let turn = 0;

  const fromKernel = (container: Container, folders: GroupFolders | undefined): Reading | undefined => {
    const counters = folders && readGroup(read, folders);
    if (counters === undefined) return undefined;
    const network = networkBytes(read(`/proc/${container.pid}/net/dev`));
    return { atMs: clock.now(), counters: { ...counters, networkBytes: network } };
  };

  const fromDocker = async (missing: readonly Container[], found: Map<string, Reading>): Promise<void> => {
    const first = missing.length > STATS.most ? turn++ * STATS.most : 0;
    const asked = missing.slice(0, STATS.most).map((_, index) => missing[(first + index) % missing.length]);
    const answers = asked.map(async (container) => {
      const id = container?.id ?? '';
      const counters = await engine.stats(id).catch(() => undefined);
      if (counters !== undefined) found.set(id, { atMs: clock.now(), counters });
    });
    const over = new AbortController();
    await Promise.race([Promise.all(answers), clock.sleep(STATS.waitMs, over.signal)]);
    over.abort();
  };

  return async (containers, mayAsk) => {
    const before = known;
    known = new Map();
    let mountinfo: string | undefined;
    const found = new Map<string, Reading>();
    for (const container of containers) {
      const run = runOf(container);
      const folders =
        before.get(run) ?? ownFolders(container, read, (mountinfo ??= read('/proc/self/mountinfo')));
      const reading = fromKernel(container, folders);
      if (folders === undefined || reading === undefined) continue;
      known.set(run, folders);
      found.set(container.id, reading);
    }
    const missing = containers.filter(({ id }) => !found.has(id));
    if (mayAsk && missing.length > 0) await fromDocker(missing, found);
    return containers.map(({ id }) => found.get(id));
  };
}

function ownFolders(
  { id, pid }: Container,
  read: ReadNow,
  mountinfo: string | undefined,
): GroupFolders | undefined {
  if (pid <= 0 || mountinfo === undefined) return undefined;
  const folders = foldersOf(read(`/proc/${pid}/cgroup`) ?? '', mountinfo);
  const isIts = folders?.cpu.path.includes(id) === true && folders.memory.path.includes(id);
  if (!isIts) return undefined;
  return folders.io?.path.includes(id) === true ? folders : { cpu: folders.cpu, memory: folders.memory };
}
