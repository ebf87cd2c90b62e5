/** The one real clock: everything that needs time is given this, or a fake of the same shape. */
import { setTimeout as sleepMs } from 'node:timers/promises';

export const systemClock = {
  nowMs: (): number => Date.now(),
  sleep: (ms: number): Promise<void> => sleepMs(ms),
};
