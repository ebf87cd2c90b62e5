/**
 * Keeps what containers last told of their metrics. Each is asked once a round and never twice at once, few at a time,
 * those that hang apart (`lanes.ts`), so that none holds up a beat or another. What cannot be had is not known.
 */
import type { Clock } from '../clock.ts';
import { messageOf, type Log } from '../log.ts';
import { createLanes } from '../probes/lanes.ts';
import { plain } from '../probes/runners/fault.ts';
import type { Scrape, ScrapeTarget } from './scrape.ts';

export interface Scraper {
  /** Asks all of these, and forgets all others. Resolves after `GRACE_MS`, or when all have answered. */
  round(wanted: ReadonlyMap<string, ScrapeTarget>): Promise<void>;
  /** What was last told under this key. */
  told(key: string): Readonly<Record<string, number>>;
}

const LANES = { quick: 8, slow: 8, slowMs: 250 } as const;
/** So long a round is waited for: a beat has to go. What comes later is told with the next. */
export const GRACE_MS = 250;
const NOTHING: Readonly<Record<string, number>> = {};

interface Asked {
  target: ScrapeTarget;
  underWay: boolean;
  numbers: Readonly<Record<string, number>>;
  /** Said once for each turn from telling to not. */
  failing: boolean;
}

export function createScraper(options: {
  readonly scrape: Scrape;
  readonly clock: Clock;
  readonly log: Log;
}): Scraper {
  const { clock, log } = options;
  const lanes = createLanes(clock, LANES);
  const asked = new Map<string, Asked>();

  const ask = async (key: string, one: Asked): Promise<void> => {
    try {
      // It may have gone while it waited for its turn.
      if (asked.get(key) === one) one.numbers = await options.scrape(one.target);
      one.failing = false;
    } catch (error) {
      if (!one.failing) log.warn('metrics-unknown', { key, error: plain(messageOf(error)) });
      one.failing = true;
      one.numbers = NOTHING;
    }
    one.underWay = false;
  };

  return {
    told: (key) => asked.get(key)?.numbers ?? NOTHING,
    round: async (wanted) => {
      for (const key of asked.keys())
        if (!wanted.has(key)) {
          asked.delete(key);
          lanes.forget(key);
        }
      const rounds = [...wanted].flatMap(([key, target]) => {
        const one = asked.get(key) ?? { target, underWay: false, numbers: NOTHING, failing: false };
        asked.set(key, one);
        one.target = target;
        if (one.underWay) return [];
        one.underWay = true;
        return [
          new Promise<void>((resolve) =>
            lanes.run(key, async () => {
              await ask(key, one);
              resolve();
            }),
          ),
        ];
      });
      if (rounds.length === 0) return;
      const over = new AbortController();
      await Promise.race([Promise.all(rounds), clock.sleep(GRACE_MS, over.signal)]);
      over.abort();
    },
  };
}
