/** Wakes of the loops: each is counted as the calls that it is, and kept until the bench lets the loop run. */
import type { Clock, LoopName, Wakes } from '../../functions/usecases/ports.ts';
import type { CallCounter } from './calls.ts';

export interface PendingWakes extends Wakes {
  /** The loop whose wake is due first, and when; its wakes are one from then on. Null: nobody was woken. */
  next(): { readonly loop: LoopName; readonly atMs: number } | null;
  clear(): void;
}

export function pendingWakes(clock: Clock, counter: CallCounter): PendingWakes {
  const due = new Map<LoopName, number>();
  const wake = (loop: LoopName, delayMs: number): Promise<void> => {
    const atMs = clock.nowMs() + delayMs;
    due.set(loop, Math.min(due.get(loop) ?? Infinity, atMs));
    return Promise.resolve();
  };
  const invoke = (loop: LoopName): Promise<void> => {
    counter.count('Lambda Invoke');
    return wake(loop, 0);
  };
  return {
    reconcile: (_, delaySeconds = 0) => {
      counter.count('SQS SendMessage');
      return wake('reconcile', delaySeconds * 1000);
    },
    register: () => invoke('register'),
    provision: () => invoke('provision'),
    tick: () => {
      counter.count('SQS SendMessage');
      return Promise.resolve();
    },
    next: () => {
      const [first] = [...due].sort(([, a], [, b]) => a - b);
      if (first === undefined) return null;
      due.delete(first[0]);
      return { loop: first[0], atMs: first[1] };
    },
    clear: () => due.clear(),
  };
}
