/** What AWS told of prices: one item, written by the provision loop. */
import { NOTHING_TOLD } from '../../core/model/price.ts';
import type { PriceStore } from '../../usecases/ports.ts';
import { toPriceMemory } from './items/price-item.ts';
import { mustBeAt } from './table/conditions.ts';
import { PRICES_KEY } from './table/keys.ts';
import { openTable, type DynamoOptions } from './table/table.ts';

export const dynamoPriceStore = (options: DynamoOptions): PriceStore => {
  const table = openTable(options);
  return {
    load: async () => {
      const item = await table.get(PRICES_KEY);
      return item ? toPriceMemory(item) : NOTHING_TOLD;
    },
    put: (memory, expectedVersion) =>
      table.put({ ...memory, ...PRICES_KEY, version: expectedVersion + 1 }, mustBeAt(expectedVersion)),
  };
};
