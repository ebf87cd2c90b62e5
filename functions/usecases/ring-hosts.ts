/**
 * Rings the hosts whose manifests were committed. A ring saves an agent's wait for its next poll and nothing else, so
 * nothing waits for it: it is bounded in number and in time, and never an error of the pass.
 */
import type { HostId } from '../core/model/ids.ts';
import type { Clock, Doorbell, SocketStore } from './ports.ts';

export interface RingDeps {
  readonly sockets: Pick<SocketStore, 'get' | 'forget'>;
  readonly doorbell: Pick<Doorbell, 'ring'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface RingCounts {
  rung: number;
  /** Their agents hold no socket now. */
  without: number;
  failed: number;
  /** Not tried any more: the time for rings was over. */
  skipped: number;
}

export interface Ringer {
  /** Begins at once; never throws. */
  ring(host: HostId, generation: number): void;
  /** Resolves when all that were begun have ended. */
  settled(): Promise<RingCounts>;
}

/** At once. 1,000 hosts at 30 ms each take about a second. */
export const RINGS_AT_ONCE = 32;
/** After the first ring no more are begun. With the last one's own bound a pass is held up by less than 2 s. */
export const RINGING_MS = 1000;
/**
 * A connection this young may answer `gone` because its handshake is not over yet: API Gateway takes messages for it
 * only once `$connect` was answered. Its agent polls when it opens, so nothing is missed.
 */
export const YOUNG_MS = 30_000;

export function createRinger(deps: RingDeps): Ringer {
  const counts: RingCounts = { rung: 0, without: 0, failed: 0, skipped: 0 };
  const waiting: { readonly host: HostId; readonly generation: number }[] = [];
  const workers: Promise<void>[] = [];
  let busy = 0;
  let beganMs: number | undefined;

  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      beganMs ??= deps.clock.nowMs();
      if (deps.clock.nowMs() - beganMs > RINGING_MS) counts.skipped += 1;
      else counts[await ringOne(deps, next.host, next.generation)] += 1;
    }
    busy -= 1;
  };

  return {
    ring: (host, generation) => {
      waiting.push({ host, generation });
      if (busy === RINGS_AT_ONCE) return;
      busy += 1;
      workers.push(work());
    },
    settled: async () => {
      await Promise.all(workers);
      return counts;
    },
  };
}

async function ringOne(
  { sockets, doorbell, clock }: RingDeps,
  host: HostId,
  generation: number,
): Promise<'rung' | 'without' | 'failed'> {
  try {
    const socket = await sockets.get(host);
    if (socket === null) return 'without';
    const { connection, connectedAtMs } = socket;
    if ((await doorbell.ring(connection, generation)) === 'rung') return 'rung';
    if (clock.nowMs() - connectedAtMs > YOUNG_MS) await sockets.forget(host, connection);
    return 'without';
  } catch {
    return 'failed'; // whoever implements the doorbell says why, in its own log
  }
}
