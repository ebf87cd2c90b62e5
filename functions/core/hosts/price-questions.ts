/** What AWS's Pricing API is asked, and how little: a type once a day, a few in one pass, none for an hour after a failure. */
import { isGone } from '../model/host.ts';
import { poolsOf } from '../model/pool.ts';
import type { PriceMemory, ToldPrice } from '../model/price.ts';
import type { Snapshot } from '../model/snapshot.ts';

export const ASK_AGAIN_MS = 24 * 60 * 60_000;
export const AFTER_FAILURE_MS = 60 * 60_000;
/** Of one pass; the next one goes on. */
export const QUESTIONS_MAX = 20;
/** Of one row: about 80 bytes each, so 16 kB of the 400 kB that an item may have. */
export const TYPES_MAX = 200;
/** Of the words of a failure. */
export const MESSAGE_MAX = 200;

/** Types whose price counts: what pools may launch, and what runs. By name, bounded. */
export function pricedTypes({ settings, hosts }: Pick<Snapshot, 'settings' | 'hosts'>): readonly string[] {
  const present = hosts.filter(({ host }) => !isGone(host.state)).map(({ host }) => host.launch.instanceType);
  const pools = poolsOf(settings).flatMap((pool) => pool.instanceTypes);
  // Pools first: what runs there is mostly theirs, and what they may launch is decided by price.
  return [...new Set([...pools, ...present])].slice(0, TYPES_MAX);
}

/** Those never asked for first, then the oldest. */
export function typesToAsk(
  { told, failure }: PriceMemory,
  types: readonly string[],
  nowMs: number,
): readonly string[] {
  if (failure !== null && nowMs - failure.atMs < AFTER_FAILURE_MS) return [];
  const atMs = new Map(told.map((one) => [one.instanceType, one.atMs]));
  const age = (type: string): number => nowMs - (atMs.get(type) ?? Number.NEGATIVE_INFINITY);
  return types
    .filter((type) => age(type) >= ASK_AGAIN_MS)
    .sort((a, b) => (atMs.get(a) ?? 0) - (atMs.get(b) ?? 0) || (a < b ? -1 : 1))
    .slice(0, QUESTIONS_MAX);
}

/** What is kept: the answers over what was told before, of the types that still count. */
export function afterQuestions(
  before: PriceMemory,
  types: readonly string[],
  { answers, failure, nowMs }: { answers: readonly ToldPrice[]; failure: string | null; nowMs: number },
): PriceMemory {
  const all = new Map([...before.told, ...answers].map((one) => [one.instanceType, one]));
  const told = [...types].sort().flatMap((type) => all.get(type) ?? []);
  const words = failure?.slice(0, MESSAGE_MAX);
  return { ...before, told, failure: words === undefined ? null : { message: words, atMs: nowMs } };
}
