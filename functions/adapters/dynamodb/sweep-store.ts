/** When the hosts' leases were last looked at: one item, written by the tick while there are hosts. */
import { NEVER_SWEPT } from '../../core/model/sweep.ts';
import type { SweepStore } from '../../usecases/ports.ts';
import { mustBeLaterSweep } from './table/conditions.ts';
import { fieldsOf } from './table/fields.ts';
import { SWEEP_KEY } from './table/keys.ts';
import { openTable, type DynamoOptions } from './table/table.ts';

export const dynamoSweepStore = (options: DynamoOptions): SweepStore => {
  const table = openTable(options);
  return {
    load: async () => {
      const item = await table.get(SWEEP_KEY);
      if (!item) return NEVER_SWEPT;
      const fields = fieldsOf(item);
      return { sweptAtMs: fields.number('sweptAtMs'), freshFromMs: fields.number('freshFromMs') };
    },
    note: (sweep) => table.put({ ...sweep, ...SWEEP_KEY }, mustBeLaterSweep(sweep.sweptAtMs)),
  };
};
