/** The autoscaler's rows: beside the heads and service states, read by one strong Query of their own. */
import type { ScaleStore } from '../../usecases/ports.ts';
import { fromScale, toScale } from './items/scale-items.ts';
import { mustBeAt } from './table/conditions.ts';
import { SCALE_PREFIX, scaleKey, STACKS } from './table/keys.ts';
import type { Item } from './table/fields.ts';
import { readable } from './table/readable.ts';
import { openTable, type DynamoOptions } from './table/table.ts';

export const dynamoScaleStore = (options: DynamoOptions): ScaleStore => {
  const table = openTable(options);
  return {
    list: async (left) => {
      const items = await table.query({ pk: STACKS, skPrefix: SCALE_PREFIX });
      const subjectOf = ({ sk }: Item): string => String(sk).slice(SCALE_PREFIX.length).replace('#', '/');
      return readable(items, toScale, (item) => ({ kind: 'scale', subject: subjectOf(item) }), left);
    },
    get: async (stack, service) => {
      const item = await table.get(scaleKey(stack, service));
      return item && toScale(item);
    },
    put: (scale, expectedVersion) =>
      table.put(fromScale(scale, expectedVersion + 1), mustBeAt(expectedVersion)),
    remove: (stack, service, expectedVersion) =>
      table.remove(scaleKey(stack, service), mustBeAt(expectedVersion)),
  };
};
