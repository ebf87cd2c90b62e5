/**
 * What EC2 refused is remembered, so that the same thing is not asked for again and again.
 *
 *     no capacity      3 min, as Karpenter remembers it; doubling to 30 min while it goes on
 *     refused          1 min doubling to 15 min: somebody has to mend it
 *     EC2 failed       5 s doubling to 1 min
 *     account's limit  1 min doubling to 15 min, for everything that counts against that quota
 *
 * While nothing else is left to ask for, the first pause counts, without its doublings: one of them has to be tried.
 */
import type { LaunchFailure } from '../model/instance.ts';
import {
  isOffering,
  type AccountLimit,
  type Offering,
  type OfferingMemory,
  type Shortage,
} from '../model/offering.ts';

/** First pause and longest one. */
const PAUSES: Readonly<Record<Shortage['kind'] | 'account-limit', readonly [number, number]>> = {
  'no-capacity': [180_000, 1_800_000],
  refused: [60_000, 900_000],
  failed: [5_000, 60_000],
  'account-limit': [60_000, 900_000],
};
/** What happened longer ago than this is no row any more. */
const FORGOTTEN_AFTER_MS = 3_600_000;
/** The newest; more than a cluster's pools have offerings in use. */
const KEPT_MAX = 100;
const MESSAGE_MAX = 200;

const pauseMs = (kind: keyof typeof PAUSES, times: number): number => {
  const [first, longest] = PAUSES[kind];
  return Math.min(first * 2 ** (times - 1), longest);
};

export function rememberFailures(
  memory: OfferingMemory,
  failures: readonly LaunchFailure[],
  nowMs: number,
): OfferingMemory {
  let { shortages, limits } = memory;
  for (const failure of failures) {
    const message = failure.message.slice(0, MESSAGE_MAX);
    if (failure.kind === 'account-limit') {
      const before = limits.find((one) => one.quota === failure.quota);
      // Several offerings of one answer meet the same limit: that is once.
      if (before?.atMs === nowMs) continue;
      const times = timesOf(before, nowMs);
      const untilMs = nowMs + pauseMs('account-limit', times);
      const next: AccountLimit = { quota: failure.quota, message, atMs: nowMs, untilMs, times };
      limits = [...limits.filter((one) => one !== before), next];
      continue;
    }
    const { kind, offering } = failure;
    const before = shortages.find((one) => isOffering(one, offering));
    const times = before?.kind === kind ? timesOf(before, nowMs) : 1;
    const untilMs = nowMs + pauseMs(kind, times);
    const next: Shortage = { ...offering, market: 'on-demand', kind, message, atMs: nowMs, untilMs, times };
    shortages = [...shortages.filter((one) => one !== before), next];
  }
  return { ...memory, shortages: recent(shortages, nowMs), limits: recent(limits, nowMs) };
}

const timesOf = (before: { readonly times: number; readonly atMs: number } | undefined, nowMs: number) =>
  before === undefined || nowMs - before.atMs > FORGOTTEN_AFTER_MS ? 1 : before.times + 1;

const recent = <One extends { readonly atMs: number }>(all: readonly One[], nowMs: number): readonly One[] =>
  all.filter(({ atMs }) => nowMs - atMs <= FORGOTTEN_AFTER_MS).slice(-KEPT_MAX);

/** What could be launched is not short any more, and its quota not used up. */
export function forgetShortage(
  memory: OfferingMemory,
  launched: Offering,
  quota: string | null,
): OfferingMemory {
  const shortages = memory.shortages.filter((one) => !isOffering(one, launched));
  const limits = memory.limits.filter((one) => one.quota !== quota);
  const same = shortages.length === memory.shortages.length && limits.length === memory.limits.length;
  return same ? memory : { ...memory, shortages, limits };
}

/** Those that may be asked for now: not short, else those whose first pause is over. */
export function availableNow(
  offerings: readonly Offering[],
  { shortages }: Pick<OfferingMemory, 'shortages'>,
  nowMs: number,
): readonly Offering[] {
  const shortageOf = (one: Offering) => shortages.find((short) => isOffering(short, one));
  const free = offerings.filter((one) => (shortageOf(one)?.untilMs ?? 0) <= nowMs);
  if (free.length > 0) return free;
  return offerings.filter((one) => {
    const short = shortageOf(one);
    return short !== undefined && short.atMs + PAUSES[short.kind][0] <= nowMs;
  });
}

/** When the first of them may be asked for again; null: none of them is short. */
export function availableAgainAtMs(
  offerings: readonly Offering[],
  { shortages }: Pick<OfferingMemory, 'shortages'>,
): number | null {
  const times = shortages
    .filter((short) => offerings.some((one) => isOffering(short, one)))
    .map((short) => Math.min(short.untilMs, short.atMs + PAUSES[short.kind][0]));
  return times.length === 0 ? null : Math.min(...times);
}

export const limitNow = (
  quota: string,
  { limits }: Pick<OfferingMemory, 'limits'>,
  nowMs: number,
): AccountLimit | undefined => limits.find((one) => one.quota === quota && one.untilMs > nowMs);
