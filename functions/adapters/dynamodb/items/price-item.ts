/** What AWS told of prices <- item. */
import type { PriceMemory } from '../../../core/model/price.ts';
import { fieldsOf, type Item } from '../table/fields.ts';

export const toPriceMemory = (item: Item): PriceMemory => {
  const fields = fieldsOf(item);
  const failure = fields.has('failure') ? fields.object('failure') : null;
  return {
    told: fields.list('told', (each) => ({
      instanceType: each.text('instanceType'),
      perHour: each.numberOrNull('perHour'),
      atMs: each.number('atMs'),
    })),
    failure:
      failure === null ? null : { message: failure.text('message', ''), atMs: failure.number('atMs', 0) },
    version: fields.number('version'),
  };
};
