/**
 * A zone takes only so many record sets. When it is nearly full, replicas that have a record of their own keep it, and new
 * ones get none until there is room again: what is in the zone never depends on how full it is.
 */
import type { DirectoryName } from '../model/directory.ts';
import type { WantedName } from './wanted-records.ts';

/** What an operator of a full zone can do. */
export const HOW_TO_MAKE_ROOM =
  'Ask AWS for a higher quota of Route 53, "Records per hosted zone", or remove stacks';

export interface WithinRoom {
  /** The very same when all of it fits. */
  readonly wanted: WantedName;
  /** Records of replicas that are new. */
  readonly taken: number;
  /** Replicas that get none. */
  readonly without: number;
}

/** @param room records of replicas that may still be added */
export function withinRoom(wanted: WantedName, before: DirectoryName | null, room: number): WithinRoom {
  if (wanted.replicas.size === 0) return { wanted, taken: 0, without: 0 };
  const known = new Set(before?.records.map(({ name }) => name));
  const fresh = [...wanted.replicas.keys()].filter((name) => !known.has(name));
  const refused = new Set(fresh.slice(Math.max(0, room)));
  if (refused.size === 0) return { wanted, taken: fresh.length, without: 0 };
  const lost = new Set([...refused].map((name) => wanted.replicas.get(name)));
  const named: WantedName = {
    ...wanted,
    records: wanted.records.filter(({ name }) => !refused.has(name)),
    // Those that serve are named by the records of the service.
    tasks: new Map([...wanted.tasks].filter(([task, { serving }]) => serving || !lost.has(task))),
    replicas: new Map([...wanted.replicas].filter(([name]) => !refused.has(name))),
  };
  return { wanted: named, taken: fresh.length - refused.size, without: refused.size };
}
