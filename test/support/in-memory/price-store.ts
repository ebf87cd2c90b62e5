/** The in-memory twin of what AWS told of prices. */
import { NOTHING_TOLD, type PriceMemory } from '../../../functions/core/model/price.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { PriceStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy } from './versioned-rows.ts';

export const inMemoryPriceStore = () => {
  let stored: PriceMemory = NOTHING_TOLD;
  return withFaults<PriceStore>({
    load: () => stored,
    put: (memory, expectedVersion) => {
      if (stored.version !== expectedVersion) throw new ConflictError('prices: somebody wrote meanwhile');
      stored = frozenCopy({ ...memory, version: expectedVersion + 1 });
    },
  });
};
