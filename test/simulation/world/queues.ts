/**
 * Wakes on their way: the standard queue of the reconcile loop, the queue of the ticks, and the asynchronous invocations
 * of the other loops (0 retries). Messages may be lost, doubled, late and out of order; one whose batch failed comes back
 * after the visibility timeout, at most three times, and then rests in the dead-letter queue.
 */
import { HOPS_MAX } from '../../../functions/handlers/shared/hops.ts';
import type { Wakes } from '../../../functions/usecases/ports.ts';
import type { Random } from '../engine/random.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { LambdaFunction, Life } from './functions.ts';
import type { Mood } from './mood.ts';

/** As in infra/constructs/queues.ts. */
const VISIBILITY_MS = 360_000;
const RECEIVES_MAX = 3;
const BATCH_MAX = 10;
/** Late: by up to this much. */
const LATE_MS = 60_000;

interface Message {
  readonly hop: number;
  receives: number;
}

/** accepted = done + waiting + flying + dead, at every moment (I16). */
export interface QueueCounts {
  accepted: number;
  done: number;
  waiting: number;
  flying: number;
  dead: number;
}

export interface Queues {
  /** The wakes port as a sandbox sees it: its hops are those of the invocation. */
  wakesOf(life: Life): Wakes;
  /** The minute rule. */
  start(): void;
  readonly counts: QueueCounts;
}

export interface QueueOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly mood: Mood;
  readonly trace: (what: string) => void;
  readonly onLost: () => void;
  readonly functions: {
    readonly reconcile: LambdaFunction<undefined, unknown>;
    readonly register: LambdaFunction<undefined, unknown>;
    readonly provision: LambdaFunction<undefined, unknown>;
    readonly tick: LambdaFunction<{ first: boolean }, unknown>;
  };
  readonly onEnded: (name: string, ended: { kind: string; error?: unknown }) => void;
  /** A planted bug: failed batches are acknowledged. */
  readonly acknowledgeFailures?: boolean;
}

export function createQueues(options: QueueOptions): Queues {
  const { scheduler, random, mood, functions } = options;
  const visible: Message[] = [];
  const counts: QueueCounts = { accepted: 0, done: 0, waiting: 0, flying: 0, dead: 0 };
  let polling = false;

  /** How often a message arrives, and how long each copy takes. */
  const copies = (travelMs: number): number[] => {
    if (mood.wakesLost > 0 && random.chance(mood.wakesLost)) {
      options.onLost();
      return [];
    }
    const count = random.chance(mood.wakesDoubled) ? 2 : 1;
    return Array.from({ length: count }, () =>
      random.chance(mood.wakesLate) ? random.between(0, LATE_MS) : travelMs,
    );
  };

  const show = (message: Message): void => {
    visible.push(message);
    poll();
  };
  const poll = (): void => {
    if (polling || visible.length === 0) return;
    polling = true;
    scheduler.in(random.between(5, 40), () => {
      polling = false;
      if (mood.wakesLate > 0 && random.chance(0.5)) visible.reverse();
      const batch = visible.splice(0, BATCH_MAX);
      counts.waiting -= batch.length;
      counts.flying += batch.length;
      void receive(batch);
      poll();
    });
  };
  const receive = async (batch: readonly Message[]): Promise<void> => {
    for (const message of batch) message.receives += 1;
    const ended = await functions.reconcile.invoke(undefined, Math.max(...batch.map(({ hop }) => hop)));
    options.onEnded('reconcile', ended);
    counts.flying -= batch.length;
    if (ended.kind === 'done') {
      counts.done += batch.length;
      return;
    }
    if (options.acknowledgeFailures === true) return;
    for (const message of batch) {
      if (message.receives >= RECEIVES_MAX) {
        counts.dead += 1;
        continue;
      }
      counts.waiting += 1;
      scheduler.in(VISIBILITY_MS, () => show(message));
    }
  };

  const reconcile = (hop: number, delaySeconds: number): void => {
    for (const ms of copies(0)) {
      counts.accepted += 1;
      counts.waiting += 1;
      const message = { hop, receives: 0 };
      const delayMs = Math.ceil(delaySeconds) * 1000 + ms;
      if (delayMs === 0) show(message);
      else scheduler.in(delayMs, () => show(message));
    }
  };
  const invoke = (name: 'register' | 'provision', hop: number): void => {
    for (const ms of copies(random.between(15, 80))) {
      scheduler.in(ms, () => {
        void functions[name].invoke(undefined, hop).then((ended) => options.onEnded(name, ended));
      });
    }
  };
  const tick = (first: boolean): void => {
    void functions.tick.invoke({ first }).then((ended) => options.onEnded('tick', ended));
  };
  const minute = (): void => {
    tick(true);
    scheduler.in(60_000, minute);
  };

  return {
    counts,
    start: minute,
    wakesOf: (life) => ({
      reconcile: (_why, delaySeconds = 0) => {
        if (life.hop < HOPS_MAX) reconcile(life.hop + 1, delaySeconds);
        return Promise.resolve();
      },
      register: () => {
        if (life.hop < HOPS_MAX) invoke('register', life.hop + 1);
        return Promise.resolve();
      },
      provision: () => {
        if (life.hop < HOPS_MAX) invoke('provision', life.hop + 1);
        return Promise.resolve();
      },
      tick: (second) => {
        for (const ms of copies(0)) scheduler.in(second * 1000 + ms, () => tick(false));
        return Promise.resolve();
      },
    }),
  };
}
