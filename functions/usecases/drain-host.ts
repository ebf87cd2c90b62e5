/**
 * Draining a host, and taking that back. The mark is a fact on the host's row; the loops do the rest: `reconcile` moves
 * what runs there, `provision` ends the instance when nothing is left.
 *
 * Operators ask for it, and so does EC2 (a spot notice, advice to rebalance). What is asked twice happens once; of two
 * times by which a host has to be empty the earlier one stands.
 */
import { earlierDrain, markDrain } from '../core/hosts/mark-drain.ts';
import { isGone, type Host } from '../core/model/host.ts';
import type { HostId } from '../core/model/ids.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import type { Clock, DecisionLog, HostStore, Ids, Wakes } from './ports.ts';
import { tellDrain } from './tell-drain.ts';

export interface DrainDeps {
  readonly hosts: Pick<HostStore, 'getHost' | 'putHost'>;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface DrainRequest {
  readonly host: HostId;
  readonly reason: string;
  /** Everything has to be off it by then; null: it takes as long as it takes. */
  readonly byMs: number | null;
  /** Who asks: an operator's ARN, `EC2`. */
  readonly by: string;
}

/** The provision loop writes the same row: read and try again, this often. */
const ATTEMPTS_MAX = 5;

/** One that is on its way out already is left as it is. @throws NotFoundError when there is no such host */
export function drainHost(deps: DrainDeps): (request: DrainRequest) => Promise<Host> {
  return async ({ host: id, reason, byMs, by }) => {
    const nowMs = deps.clock.nowMs();
    const until = byMs === null ? '' : `, by ${new Date(byMs).toISOString()} at the latest`;
    const message = `${reason}; its replicas move to other hosts${until}, then its instance is terminated (asked for by ${by})`;
    const host = await change(deps, id, (before) => {
      if (isGone(before.state)) return before;
      const drain = earlierDrain(before.drain, { cause: 'asked', reason, sinceMs: nowMs, byMs });
      if (drain === before.drain) return before;
      return markDrain(before, drain, drain.reason, { atMs: nowMs, by: 'api', message });
    });
    await deps.wakes.reconcile('a host is to be drained');
    return host;
  };
}

/**
 * What has left already does not come back; from now on it takes tasks again. One that is on its way out stays so, as the
 * row that is returned says. @throws NotFoundError when there is no such host
 */
export function undrainHost(
  deps: DrainDeps,
): (request: { readonly host: HostId; readonly by: string }) => Promise<Host> {
  return async ({ host: id, by }) => {
    const message = `it takes tasks again (asked for by ${by})`;
    const host = await change(deps, id, (before) => {
      if (before.drain === null || isGone(before.state)) return before;
      return markDrain(before, null, 'it is not drained any more', {
        atMs: deps.clock.nowMs(),
        by: 'api',
        message,
      });
    });
    await deps.wakes.reconcile('a host is not to be drained any more');
    return host;
  };
}

/** Writes the row and tells of it; what was changed before is told first, as it cannot be known afterwards. */
async function change(deps: DrainDeps, id: HostId, next: (before: Host) => Host): Promise<Host> {
  const { hosts } = deps;
  for (let attempt = 1; ; attempt += 1) {
    const before = await hosts.getHost(id);
    if (before === null) throw new NotFoundError(`there is no host ${id}`);
    const host = next(before);
    if (host === before) return host;
    await tellDrain(deps, before);
    try {
      await hosts.putHost(host, before.version);
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
      continue;
    }
    await tellDrain(deps, host);
    return host;
  }
}
