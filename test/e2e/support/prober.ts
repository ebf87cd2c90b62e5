/**
 * A client that asks DNS for a service again and again, and remembers what it was told and when.
 *
 * Times are the kernel's uptime in seconds, which containers can read too (/proc/uptime, to 0.01 s).
 */
import type { SrvRecord } from 'node:dns';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../../../local/cloud.ts';
import { digSrv } from './dns.ts';

export interface Answer {
  /** When the question was sent. */
  readonly askedAt: number;
  /** When the answer was there. */
  readonly at: number;
  readonly targets: readonly SrvRecord[];
}

export interface Prober {
  /** Oldest first. */
  readonly answers: readonly Answer[];
  /** Resolves when the question under way is over. @throws Error when a question had no answer */
  stop(): Promise<readonly Answer[]>;
}

export const uptime = (): number => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

/** Asks every `everyMs`, or as soon as the last answer is there. */
export function startProber(cloud: Pick<Cloud, 'plan' | 'zoneName'>, name: string, everyMs = 100): Prober {
  const answers: Answer[] = [];
  const stopped = new AbortController();
  const asking = (async () => {
    while (!stopped.signal.aborted) {
      const askedAt = uptime();
      const targets = await digSrv(cloud, name);
      answers.push({ askedAt, at: uptime(), targets });
      await sleep(Math.max(0, everyMs - (uptime() - askedAt) * 1000));
    }
  })();
  asking.catch(() => undefined); // told by stop()
  return {
    answers,
    async stop() {
      stopped.abort();
      await asking;
      return answers;
    },
  };
}
