/**
 * The brake of chains: loops wake each other and themselves, and AWS's own brake (16 hops) is off for them.
 *
 * Each wake carries how many came before it. Past HOPS_MAX no more wakes are sent from that chain; the tick, which
 * starts at zero, looks again within 15 s. So a chain that never ends costs a bounded number of runs a minute.
 */
import type { Wakes } from '../../usecases/ports.ts';

/** A drain of two minutes wakes reconcile and register some dozens of times; a thousand is a fault. */
export const HOPS_MAX = 1000;

export interface Hops {
  /** For the wakes of this invocation. */
  readonly next: () => number;
  /** At the start of an invocation: the hops of what woke it. */
  arrive(hops: readonly (number | undefined)[]): void;
}

export function countHops(): Hops {
  let hops = 0;
  return {
    next: () => hops + 1,
    arrive: (arrived) => {
      hops = Math.max(0, ...arrived.map((one) => one ?? 0));
    },
  };
}

/** Wakes that stop at the end of the chain: silently, as the tick takes over. */
export function braked<Some extends Partial<Wakes>>(wakes: Some, hops: Hops): Some {
  const stop =
    (send: (...values: readonly unknown[]) => Promise<void>) =>
    (...values: readonly unknown[]): Promise<void> =>
      hops.next() > HOPS_MAX ? Promise.resolve() : send(...values);
  const entries = Object.entries(wakes).map(([name, send]) => [name, stop(send as never)] as const);
  return Object.fromEntries(entries) as Some;
}
