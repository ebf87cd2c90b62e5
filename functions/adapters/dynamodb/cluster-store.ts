/** Cluster settings: one item, written by the API. */
import { DEFAULT_SETTINGS } from '../../core/model/cluster.ts';
import type { ClusterStore } from '../../usecases/ports.ts';
import { fromSettings, toChange, toSettings } from './items/cluster-item.ts';
import { mustBeAt } from './table/conditions.ts';
import { fieldsOf } from './table/fields.ts';
import { CLUSTER_KEY } from './table/keys.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions } from './table/table.ts';

export const dynamoClusterStore = (options: DynamoOptions): ClusterStore => {
  const table = openTable(options);
  return {
    load: async () => {
      const item = await table.get(CLUSTER_KEY);
      if (!item) return { settings: DEFAULT_SETTINGS, change: null, version: 0 };
      return {
        settings: toSettings(item),
        change: toChange(item),
        version: fieldsOf(item).number('version'),
      };
    },
    put: (settings, change, expectedVersion) =>
      table.put(fromSettings(settings, change, expectedVersion + 1), mustBeAt(expectedVersion)),
  };
};
