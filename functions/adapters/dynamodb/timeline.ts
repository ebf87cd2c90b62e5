/** Time lines of services: a partition each, one item a point, which expire. */
import type { Timeline } from '../../usecases/ports.ts';
import { fromPoint, toPoint } from './items/scale-items.ts';
import { timelineKey } from './table/keys.ts';
import { openTable, type DynamoOptions } from './table/table.ts';

export const dynamoTimeline = (options: DynamoOptions): Timeline => {
  const table = openTable(options);
  return {
    append: (point) => table.put(fromPoint(point)),
    list: async ({ stack, service, sinceMs, limit }) => {
      const { pk } = timelineKey(stack, service, 0);
      // Newest first, so that a limit cuts off the old end.
      const skAfter = timelineKey(stack, service, sinceMs - 1).sk;
      const items = await table.query({ pk, skAfter, newestFirst: true, limit });
      return items.map(toPoint).toReversed();
    },
  };
};
