/**
 * How many probes may be under way: bounded, and so that one that hangs cannot delay another.
 *
 * A probe begins in the quick lane. One that has not ended after `slowMs` moves to the slow lane, if that has room, and
 * gives its place to the next; one that was slow the last time begins in the slow lane. So others wait for hanging
 * probes only when more than `slow` of them hang at once, and then at the quick lane's end for their deadlines.
 */
import type { Clock } from '../clock.ts';

export interface Lanes {
  /** Runs the work when there is room; in the order of asking within a lane. */
  run(key: string, work: () => Promise<void>): void;
  /** Under way now. */
  busy(): number;
  /** There will be no more work of this key. */
  forget(key: string): void;
}

export const LANES = { quick: 32, slow: 64, slowMs: 250 } as const;

type Lane = 'quick' | 'slow';

interface Waiting {
  readonly key: string;
  readonly work: () => Promise<void>;
}

export function createLanes(
  clock: Clock,
  bounds: { quick: number; slow: number; slowMs: number } = LANES,
): Lanes {
  const used = { quick: 0, slow: 0 };
  const waiting: Record<Lane, Waiting[]> = { quick: [], slow: [] };
  const slowLastTime = new Set<string>();

  const next = (lane: Lane): void => {
    if (used[lane] >= bounds[lane]) return;
    const first = waiting[lane].shift();
    if (first !== undefined) void begin(lane, first);
  };

  const begin = async (lane: Lane, { key, work }: Waiting): Promise<void> => {
    let current = lane;
    used[current]++;
    const ended = new AbortController();
    const beganMs = clock.now();
    if (lane === 'quick')
      void clock.sleep(bounds.slowMs, ended.signal).then(() => {
        if (ended.signal.aborted || used.slow >= bounds.slow) return;
        used.quick--;
        used.slow++;
        current = 'slow';
        next('quick');
      });
    await work();
    ended.abort();
    if (clock.now() - beganMs >= bounds.slowMs) slowLastTime.add(key);
    else slowLastTime.delete(key);
    used[current]--;
    next(current);
  };

  return {
    run: (key, work) => {
      const lane = slowLastTime.has(key) ? 'slow' : 'quick';
      waiting[lane].push({ key, work });
      next(lane);
    },
    busy: () => used.quick + used.slow,
    forget: (key) => slowLastTime.delete(key),
  };
}
