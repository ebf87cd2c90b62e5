/**
 * Reads prices from AWS, beside the provision loop: after its run has ended, a few questions at most, and whatever goes wrong
 * is a word in the row. Decisions use what was told before, else this project's own list (`core/hosts/prices.ts`).
 */
import { afterQuestions, pricedTypes, typesToAsk } from '../core/hosts/price-questions.ts';
import { NOTHING_TOLD, type PriceBook, type PriceMemory, type ToldPrice } from '../core/model/price.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { ConflictError, UnreadableError } from './errors.ts';
import type { Clock, PriceList, PriceStore, Pricing } from './ports.ts';

export interface PriceDeps {
  readonly prices: PriceStore;
  readonly pricing: Pricing;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** No further question of a pass after this long; the one that is under way ends within seconds (see the port). */
export const ASK_FOR_MS = 5_000;
export const FAILURES_MAX = 2;
/** With nothing to ask the row is not even read for so long. */
export const LOOK_EVERY_MS = 10 * 60_000;

/** What decisions look prices up in: a row that cannot be read is as none. */
export async function priceBook({
  prices,
  source,
}: {
  readonly prices: Pick<PriceStore, 'load'>;
  readonly source: PriceBook['source'];
}): Promise<PriceBook> {
  return { source, memory: source === 'pricing-api' ? await loadMemory(prices) : NOTHING_TOLD };
}

async function loadMemory(prices: Pick<PriceStore, 'load'>): Promise<PriceMemory> {
  try {
    return await prices.load();
  } catch (error) {
    if (error instanceof UnreadableError) return NOTHING_TOLD;
    throw error;
  }
}

export type ReadPrices = (snapshot: Pick<Snapshot, 'settings' | 'hosts'>) => Promise<void>;

/** Of one process: what it saw of the row keeps it from looking again. Never throws for what AWS or the row says. */
export function priceReader({ prices, pricing, clock }: PriceDeps): ReadPrices {
  let lookAtMs = 0;
  let typesThen = '';
  return async (snapshot) => {
    if (pricing.source !== 'pricing-api') return;
    const types = pricedTypes(snapshot);
    const names = types.join(' ');
    if (clock.nowMs() < lookAtMs && names === typesThen) return;
    const before = await readable(prices);
    if (before === null) return;
    const due = typesToAsk(before, types, clock.nowMs());
    if (due.length === 0) {
      [lookAtMs, typesThen] = [clock.nowMs() + LOOK_EVERY_MS, names];
      return;
    }
    const asked = await ask(pricing.list, due, clock);
    const next = afterQuestions(before, types, { ...asked, nowMs: clock.nowMs() });
    try {
      await prices.put(next, before.version);
    } catch (error) {
      // Another run was not over yet: what it learned counts.
      if (!(error instanceof ConflictError)) throw error;
    }
  };
}

/** Null: somebody has to mend the row, which is not for us to overwrite. */
async function readable(prices: PriceStore): Promise<PriceMemory | null> {
  try {
    return await prices.load();
  } catch (error) {
    if (error instanceof UnreadableError) return null;
    throw error;
  }
}

/** One after the other: one that fails does not keep the others from theirs, a second one ends it. */
async function ask(
  list: PriceList,
  types: readonly string[],
  clock: Pick<Clock, 'nowMs'>,
): Promise<{ readonly answers: readonly ToldPrice[]; readonly failure: string | null }> {
  const endMs = clock.nowMs() + ASK_FOR_MS;
  const answers: ToldPrice[] = [];
  const failures: string[] = [];
  for (const instanceType of types) {
    if (clock.nowMs() >= endMs || failures.length >= FAILURES_MAX) break;
    try {
      const perHour = await list.perHour(instanceType);
      answers.push({ instanceType, perHour, atMs: clock.nowMs() });
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { answers, failure: failures[0] ?? null };
}
