/** What is known of the cluster's containers, one look at a time for each, and no look's result lost to an older list. */
import type { Container, DockerEngine, ListedContainer } from '../docker/engine.ts';

export interface ContainerCache {
  /** Looks at one container. A wish that comes during a look is worth one more. Rejects when the look failed. */
  look(id: string): Promise<void>;
  /** Lists everything and looks at what changed; `all`: at everything. Rejects when the list or a look failed. */
  list(all: boolean): Promise<void>;
  /** The same list as long as no look showed anything. */
  values(): readonly Container[];
}

/** Looks at once within a list. */
const WIDTH = 8;

export function createContainerCache(engine: DockerEngine): ContainerCache {
  const known = new Map<string, Container>();
  const looking = new Map<string, { wishes: number; done: Promise<void> }>();
  /** Number of the last look at each container: a list that was asked for before it knows less. */
  const lookedAt = new Map<string, number>();
  let looks = 0;
  let listed: readonly Container[] | undefined;

  const repeatedly = async (id: string, entry: { wishes: number }): Promise<void> => {
    try {
      for (let served = -1; served !== entry.wishes;) {
        served = entry.wishes;
        const container = await engine.inspect(id);
        lookedAt.set(id, ++looks);
        if (container === undefined) known.delete(id);
        else known.set(id, container);
        listed = undefined;
      }
    } finally {
      looking.delete(id);
    }
  };

  const look = (id: string): Promise<void> => {
    const current = looking.get(id);
    if (current !== undefined) {
      current.wishes++;
      return current.done;
    }
    const entry = { wishes: 0, done: Promise.resolve() };
    looking.set(id, entry);
    entry.done = repeatedly(id, entry);
    return entry.done;
  };

  const forgetAllBut = (here: ReadonlySet<string>, looksBefore: number): void => {
    for (const id of lookedAt.keys())
      if (!here.has(id) && (lookedAt.get(id) ?? 0) <= looksBefore) {
        known.delete(id);
        lookedAt.delete(id);
        listed = undefined;
      }
  };

  const changed = (each: ListedContainer): boolean => {
    const before = known.get(each.id);
    // The list tells health of what runs only.
    return before?.state !== each.state || (each.state === 'running' && before.health !== each.health);
  };

  return {
    look,
    list: async (all) => {
      const looksBefore = looks;
      const listed = await engine.list();
      forgetAllBut(new Set(listed.map((each) => each.id)), looksBefore);
      const rest = listed.filter((each) => all || changed(each)).map((each) => each.id);
      const worker = async (): Promise<void> => {
        for (let id = rest.shift(); id !== undefined; id = rest.shift()) await look(id);
      };
      await Promise.all(Array.from({ length: Math.min(WIDTH, rest.length) }, worker));
    },
    values: () => (listed ??= [...known.values()]),
  };
}
