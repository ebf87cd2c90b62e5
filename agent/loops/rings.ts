/**
 * What became of rings. The doorbell may be anybody's word: a ring is worth one question of the control plane, and one
 * that was found false is worth silence for a while.
 */
import type { Manifest } from '../../contract/agent-protocol.ts';
import type { Clock } from '../clock.ts';
import type { Link } from './link.ts';
import type { Store } from './store.ts';

export interface Rings {
  /** True: worth asking for a manifest of that generation. */
  hear(generation: number): boolean;
  /** The highest generation that was rung for and is not found yet. */
  open(): number | undefined;
  /** What a question found, asked when `open()` was `rungFor`. False: a newer manifest that nobody had rung for. */
  settle(rungFor: number | undefined, found: Manifest | 'unchanged'): boolean;
}

export function createRings(store: Store, clock: Clock, link: Link): Rings {
  let highest: number | undefined;
  let deafUntilMs = 0;
  return {
    hear: (generation) => {
      if (generation <= (store.get().manifest?.generation ?? -1) || clock.now() < deafUntilMs) return false;
      highest = Math.max(highest ?? 0, generation);
      return true;
    },
    open: () => highest,
    settle: (rungFor, found) => {
      if (found === 'unchanged') {
        if (rungFor !== undefined) {
          deafUntilMs = clock.now() + link.pollMs;
          highest = undefined;
        }
        return true;
      }
      const heard = (highest ?? 0) >= found.generation;
      if (highest !== undefined && highest <= found.generation) highest = undefined;
      return heard;
    },
  };
}
