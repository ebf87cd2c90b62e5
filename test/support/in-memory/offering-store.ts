/** The in-memory twin of what EC2 or the account had none of. */
import { NOTHING_SHORT, type OfferingMemory } from '../../../functions/core/model/offering.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { OfferingStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy } from './versioned-rows.ts';

export const inMemoryOfferingStore = () => {
  let stored: OfferingMemory = NOTHING_SHORT;
  return withFaults<OfferingStore>({
    load: () => stored,
    put: (memory, expectedVersion) => {
      if (stored.version !== expectedVersion) throw new ConflictError('offerings: somebody wrote meanwhile');
      stored = frozenCopy({ ...memory, version: expectedVersion + 1 });
    },
  });
};
