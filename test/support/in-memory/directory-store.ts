/** The in-memory twin of what was applied to the zone. */
import { EMPTY_HEAD } from '../../../functions/core/model/directory.ts';
import type { DirectoryHead, DirectoryName } from '../../../functions/core/model/directory.ts';
import type { DirectoryStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { versionedRows, type RowListener } from './versioned-rows.ts';

const HEAD = 'head';

/** Whoever wants to see each change. */
export interface DirectoryListeners {
  readonly head?: RowListener<DirectoryHead>;
  readonly name?: RowListener<DirectoryName>;
}

export const inMemoryDirectoryStore = (listeners: DirectoryListeners = {}) => {
  const heads = versionedRows<DirectoryHead>(listeners.head);
  const names = versionedRows<DirectoryName>(listeners.name);
  return withFaults<DirectoryStore>({
    load: () => ({ head: heads.get(HEAD) ?? EMPTY_HEAD, names: names.list() }),
    putHead: (head, expectedVersion) => heads.put(HEAD, head, expectedVersion),
    putName: (name, expectedVersion) => names.put(name.owner, name, expectedVersion),
    removeName: (owner, expectedVersion) => names.remove(owner, expectedVersion),
  });
};
