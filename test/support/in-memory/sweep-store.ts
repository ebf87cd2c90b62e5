/** The in-memory twin of the note of the last sweep. */
import { NEVER_SWEPT, type Sweep } from '../../../functions/core/model/sweep.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { SweepStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy } from './versioned-rows.ts';

export const inMemorySweepStore = () => {
  let stored: Sweep = NEVER_SWEPT;
  return withFaults<SweepStore>({
    load: () => stored,
    note: (sweep) => {
      if (stored.sweptAtMs > 0 && sweep.sweptAtMs <= stored.sweptAtMs)
        throw new ConflictError('sweep: noted later already');
      stored = frozenCopy(sweep);
    },
  });
};
