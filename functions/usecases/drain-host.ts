/**
 * Draining a host, and taking that back. The mark is a fact on the host's row; the loops do the rest: `reconcile` moves
 * what runs there, `provision` ends the instance when nothing is left.
 *
 * Operators ask for it, and so does EC2 (a spot notice, advice to rebalance). What is asked twice happens once; of two
 * times by which a host has to be empty the earlier one stands.
 */
import { isGone, presentState, type Host, type HostDrain } from '../core/model/host.ts';
import type { HostId } from '../core/model/ids.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import type { Clock, DecisionLog, HostStore, Ids, Wakes } from './ports.ts';
import { recordDecisions } from './record-decisions.ts';

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
    const { host, changed } = await change(deps, id, (before) => {
      if (isGone(before.state)) return before;
      const drain = earlier(before.drain, { reason, sinceMs: nowMs, byMs });
      return drain === before.drain ? before : marked({ ...before, drain }, drain.reason);
    });
    const until = byMs === null ? '' : `, by ${new Date(byMs).toISOString()} at the latest`;
    const message = `${reason}; its replicas move to other hosts${until}, then its instance is terminated (asked for by ${by})`;
    if (changed) await tell(deps, host, 'host-draining', message);
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
    const { host, changed } = await change(deps, id, (before) => {
      return before.drain === null || isGone(before.state)
        ? before
        : marked({ ...before, drain: null }, 'it is not drained any more');
    });
    if (changed) await tell(deps, host, 'host-undrained', `it takes tasks again (asked for by ${by})`);
    await deps.wakes.reconcile('a host is not to be drained any more');
    return host;
  };
}

function earlier(before: HostDrain | null, next: HostDrain): HostDrain {
  if (before === null) return next;
  const sooner = next.byMs !== null && (before.byMs === null || next.byMs < before.byMs);
  return sooner ? { ...next, sinceMs: before.sinceMs } : before;
}

/** Hosts that are not heard, or not there yet, keep their state: it says something else. */
const marked = (host: Host, reason: string): Host =>
  host.state === 'ready' || host.state === 'draining' ? { ...host, state: presentState(host), reason } : host;

async function change(
  { hosts }: DrainDeps,
  id: HostId,
  next: (before: Host) => Host,
): Promise<{ readonly host: Host; readonly changed: boolean }> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await hosts.getHost(id);
    if (before === null) throw new NotFoundError(`there is no host ${id}`);
    const host = next(before);
    if (host === before) return { host, changed: false };
    try {
      await hosts.putHost(host, before.version);
      return { host, changed: true };
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

const tell = (deps: DrainDeps, { id }: Host, code: 'host-draining' | 'host-undrained', message: string) =>
  recordDecisions(deps, 'api', [{ code, subject: id, stack: null, message, audit: true }]);
