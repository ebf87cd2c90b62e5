/** Many days on several cores: hands out seeds to worker processes until enough cluster-hours are done, or one fails. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { DayResult } from './run-day.ts';
import type { Order } from './worker.ts';

export interface CampaignOptions {
  /** Cluster-hours to reach. */
  readonly hours: number;
  readonly seed: string;
  readonly workers: number;
  /** Goes on after a day that broke an invariant. */
  readonly keepGoing?: boolean;
  readonly onDay?: (campaign: Campaign) => void;
}

export interface Campaign {
  readonly seed: string;
  readonly days: number;
  readonly clusterHours: number;
  /** Simulated hours, also those that do not count. */
  readonly hours: number;
  readonly events: number;
  readonly deploys: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly checked: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Days with a violation. */
  readonly failed: readonly DayResult[];
}

/** Long enough that booting the cluster costs little, short enough to run again. */
export const DAY_HOURS = 6;

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const startedMs = performance.now();
  let sum: Campaign = {
    seed: options.seed,
    days: 0,
    clusterHours: 0,
    hours: 0,
    events: 0,
    deploys: 0,
    faults: {},
    checked: {},
    seconds: 0,
    failed: [],
  };
  let handedOut = 0;
  const isOver = (): boolean => sum.failed.length > 0 && options.keepGoing !== true;
  const isEnough = (): boolean => sum.clusterHours >= options.hours || isOver();
  const worker = async (): Promise<void> => {
    const child = fork(join(import.meta.dirname, 'worker.ts'), { execArgv: ['--max-semi-space-size=64'] });
    try {
      while (!isEnough()) {
        const order: Order = { seed: `${options.seed}-${(handedOut += 1)}`, hours: DAY_HOURS };
        const result = await ask(child, order);
        sum = added(sum, result, (performance.now() - startedMs) / 1000);
        options.onDay?.(sum);
      }
    } finally {
      child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: options.workers }, worker));
  return sum;
}

function ask(child: ChildProcess, order: Order): Promise<DayResult> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void =>
      reject(new Error(`the worker ended (${code}) in the day ${order.seed}`));
    child.once('exit', gone);
    child.once('message', (result) => {
      child.off('exit', gone);
      resolve(result as DayResult);
    });
    child.send(order);
  });
}

const added = (sum: Campaign, day: DayResult, seconds: number): Campaign => ({
  ...sum,
  days: sum.days + 1,
  clusterHours: sum.clusterHours + day.clusterHours,
  hours: sum.hours + day.hours,
  events: sum.events + day.events,
  deploys: sum.deploys + day.deploys,
  faults: summed(sum.faults, day.faults),
  checked: summed(sum.checked, day.checked),
  seconds,
  failed: day.violation === undefined ? sum.failed : [...sum.failed, day],
});

function summed(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const all = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return Object.fromEntries(all.map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]));
}
