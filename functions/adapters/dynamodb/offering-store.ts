/** What EC2 or the account had none of: one item, written by the provision loop. */
import { NOTHING_SHORT } from '../../core/model/offering.ts';
import type { OfferingStore } from '../../usecases/ports.ts';
import { toOfferingMemory } from './items/offering-item.ts';
import { mustBeAt } from './table/conditions.ts';
import { OFFERINGS_KEY } from './table/keys.ts';
import { openTable, type DynamoOptions } from './table/table.ts';

export const dynamoOfferingStore = (options: DynamoOptions): OfferingStore => {
  const table = openTable(options);
  return {
    load: async () => {
      const item = await table.get(OFFERINGS_KEY);
      return item ? toOfferingMemory(item) : NOTHING_SHORT;
    },
    put: (memory, expectedVersion) =>
      table.put({ ...memory, ...OFFERINGS_KEY, version: expectedVersion + 1 }, mustBeAt(expectedVersion)),
  };
};
