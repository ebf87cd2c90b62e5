/** Marks a host as one to be emptied, or takes that back; the mark names its change, so that its words are never lost. */
import { presentState, type DrainChange, type Host, type HostDrain } from '../model/host.ts';

export type DrainWords = Pick<DrainChange, 'atMs' | 'by' | 'message'>;

/**
 * @param drain null: it is to stay after all
 * @param reason of the host's state. One that is not heard, or not there yet, keeps its own: its state says something else
 */
export function markDrain(host: Host, drain: HostDrain | null, reason: string, words: DrainWords): Host {
  const code = drain === null ? 'host-undrained' : 'host-draining';
  const drainChange: DrainChange = { ...words, code, number: (host.drainChange?.number ?? 0) + 1 };
  const next: Host = { ...host, drain, drainChange };
  if (host.state !== 'ready' && host.state !== 'draining') return next;
  return { ...next, state: presentState(next), reason };
}

/** Whoever asks takes over from a drain that we began ourselves; of two times to be empty by the earlier one stands. */
export function earlierDrain(before: HostDrain | null, next: HostDrain): HostDrain {
  if (before === null) return next;
  const sooner = next.byMs !== null && (before.byMs === null || next.byMs < before.byMs);
  const takesOver = before.cause !== 'asked' && next.cause === 'asked';
  return sooner || takesOver ? { ...next, sinceMs: before.sinceMs } : before;
}
