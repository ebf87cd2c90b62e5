/**
 * The cluster's settings, also while their row cannot be read: then what this process read last holds on, and one that
 * never read them does with careful defaults (core/model/careful-settings.ts).
 */
import { CAREFUL_SETTINGS } from '../core/model/careful-settings.ts';
import type { UnreadableRow } from '../core/model/unreadable.ts';
import { UnreadableError } from './errors.ts';
import type { ClusterStore, StoredCluster } from './ports.ts';

/** @param left takes the row when it cannot be read */
export type ReadSettings = (left?: UnreadableRow[]) => Promise<StoredCluster>;

export function settingsReader(cluster: Pick<ClusterStore, 'load'>): ReadSettings {
  let last: StoredCluster = { settings: CAREFUL_SETTINGS, change: null, version: 0 };
  return async (left) => {
    const read = await unlessUnreadable(() => cluster.load(), { kind: 'settings', left });
    last = read ?? last;
    return last;
  };
}

/** Null: the row cannot be read, and `left` has it. */
export async function unlessUnreadable<Row>(
  load: () => Promise<Row>,
  { kind, left }: { readonly kind: UnreadableRow['kind']; readonly left: UnreadableRow[] | undefined },
): Promise<Row | null> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    left?.push({ kind, subject: kind, why: error.message });
    return null;
  }
}
