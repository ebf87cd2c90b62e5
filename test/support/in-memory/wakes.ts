/** A recorder of wakes: what was woken, why, and with which delay. A test takes them and delivers as it likes. */
import type { Wakes } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';

export type RecordedWake =
  | { readonly loop: 'reconcile'; readonly why: string; readonly delaySeconds: number }
  | { readonly loop: 'register' | 'provision'; readonly why: string }
  | { readonly loop: 'tick'; readonly second: number };

export const recordedWakes = () => {
  let wakes: RecordedWake[] = [];
  const port = withFaults<Wakes>({
    reconcile: (why, delaySeconds = 0) => void wakes.push({ loop: 'reconcile', why, delaySeconds }),
    register: (why) => void wakes.push({ loop: 'register', why }),
    provision: (why) => void wakes.push({ loop: 'provision', why }),
    tick: (second) => void wakes.push({ loop: 'tick', second }),
  });
  return Object.assign(port, {
    peek: (): readonly RecordedWake[] => wakes,
    /** All since the last `take`. */
    take: (): readonly RecordedWake[] => {
      const taken = wakes;
      wakes = [];
      return taken;
    },
  });
};
