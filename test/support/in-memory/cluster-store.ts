/** The in-memory twin of the cluster's settings. */
import { DEFAULT_SETTINGS } from '../../../functions/core/model/cluster.ts';
import type { ClusterStore, StoredCluster } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { versionedRows, type RowListener } from './versioned-rows.ts';

const KEY = 'cluster';

export const inMemoryClusterStore = (onChange?: RowListener<StoredCluster>) => {
  const rows = versionedRows<StoredCluster>(onChange);
  return withFaults<ClusterStore>({
    load: () => rows.get(KEY) ?? { settings: DEFAULT_SETTINGS, change: null, version: 0 },
    put: (settings, change, expectedVersion) =>
      rows.put(KEY, { settings, change, version: 0 }, expectedVersion),
  });
};
