/**
 * Single flight of a loop: whoever holds the lease runs, everybody else leaves an "again" flag and goes.
 *
 * A pass may ask to look again after a while (`againInMs`); a wake cuts that short. The run ends when nothing is due, or
 * at the deadline, which is well under the function's own; then `onDeadline` hands the rest on.
 */
import type { Clock, Ids, LoopLeases, LoopName } from './ports.ts';

export interface PassResult {
  /** Look again after this long; null: only when woken. */
  readonly againInMs: number | null;
}

export interface RunAloneOptions {
  readonly loop: LoopName;
  readonly leases: LoopLeases;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly leaseMs?: number;
  readonly deadlineMs?: number;
  readonly onDeadline?: () => Promise<void>;
}

export type RunOutcome = 'done' | 'busy' | 'lost' | 'deadline';

export const LEASE_MS = 30_000;
export const DEADLINE_MS = 40_000;
/** How often a waiting run looks for wakes. */
export const WAKE_LOOK_MS = 200;

export async function runAlone(
  options: RunAloneOptions,
  pass: () => Promise<PassResult>,
): Promise<RunOutcome> {
  const { loop, leases, clock, ids, leaseMs = LEASE_MS, deadlineMs = DEADLINE_MS } = options;
  const owner = ids.seed();
  const startedMs = clock.nowMs();
  if ((await leases.acquire(loop, owner, startedMs, leaseMs)) === null) return 'busy';
  for (;;) {
    const result = await pass().catch(async (error: unknown) => {
      await giveUp(options, owner);
      throw error;
    });
    const next = await untilDue(options, owner, result.againInMs, startedMs + deadlineMs);
    if (next === 'lost') return 'lost';
    if (next === 'run' && clock.nowMs() < startedMs + deadlineMs) continue;
    const released = await leases.release(loop, owner);
    if (next === 'idle' && released) return 'done';
    if (next === 'idle') {
      const renewed = await leases.renew(loop, owner, clock.nowMs(), leaseMs);
      if (renewed === null) return 'lost';
      continue;
    }
    if (!released)
      await leases.renew(loop, owner, clock.nowMs(), leaseMs).then(() => leases.release(loop, owner));
    await options.onDeadline?.();
    return 'deadline';
  }
}

/** A failed pass must not hold the lease until it expires; the error is what counts, whatever becomes of the lease. */
async function giveUp({ loop, leases, clock }: RunAloneOptions, owner: string): Promise<void> {
  try {
    if (await leases.release(loop, owner)) return;
    await leases.renew(loop, owner, clock.nowMs(), 1);
    await leases.release(loop, owner);
  } catch {
    // The lease expires by itself.
  }
}

/** Waits for a wake, the time asked for, or the deadline. */
async function untilDue(
  { loop, leases, clock, leaseMs = LEASE_MS }: RunAloneOptions,
  owner: string,
  againInMs: number | null,
  deadlineAtMs: number,
): Promise<'run' | 'idle' | 'lost' | 'deadline'> {
  if (againInMs === null) return 'idle';
  const dueAtMs = clock.nowMs() + againInMs;
  while (clock.nowMs() < dueAtMs) {
    if (clock.nowMs() >= deadlineAtMs) return 'deadline';
    await clock.sleep(Math.max(1, Math.min(WAKE_LOOK_MS, dueAtMs - clock.nowMs())));
    const renewed = await leases.renew(loop, owner, clock.nowMs(), leaseMs);
    if (renewed === null) return 'lost';
    if (renewed.again) return 'run';
  }
  return clock.nowMs() >= deadlineAtMs ? 'deadline' : 'run';
}
