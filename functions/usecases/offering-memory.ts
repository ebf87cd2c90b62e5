/** What is remembered of offerings, within one pass: changed as things happen, stored at once if it changed. */
import type { OfferingMemory } from '../core/model/offering.ts';
import { ConflictError } from './errors.ts';
import type { OfferingStore } from './ports.ts';
import { unlessUnreadable } from './read-settings.ts';

export interface Remembered {
  readonly now: () => OfferingMemory;
  readonly change: (next: (before: OfferingMemory) => OfferingMemory) => Promise<void>;
}

export function remember(store: OfferingStore, read: OfferingMemory): Remembered {
  let memory = read;
  return {
    now: () => memory,
    async change(next) {
      const changed = next(memory);
      if (changed === memory) return;
      try {
        await store.put(changed, memory.version);
        memory = { ...changed, version: memory.version + 1 };
      } catch (error) {
        // Another run of the loop was not over yet. What it learned counts; this is learned again.
        if (!(error instanceof ConflictError)) throw error;
        // One that cannot be read is not written over: then this is known to the end of the pass.
        memory =
          (await unlessUnreadable(() => store.load(), { kind: 'offerings', left: undefined })) ?? changed;
      }
    },
  };
}
