/**
 * Asks Route 53 whether what was applied is on all its servers, and starts the TTL of what that took out of DNS.
 *
 * Only INSYNC is taken for an answer. A change that Route 53 does not know (it forgot it, or the id was never its own) is
 * asked about for a minute, in which INSYNC comes "under normal conditions"; then its id is given up, and as nothing else is
 * pending, the register loop applies the fence alone. That batch is rejected if the zone is not what we think it is, and
 * its own INSYNC covers everything before. Neither time nor a listing would do instead: a slow Route 53 is slow for longer
 * than any bound, and a listing shows what its database holds, not what its servers answer.
 */
import { confirmEntries, isWaiting } from '../core/discovery/plan-directory.ts';
import type { Directory, PendingChange } from '../core/model/directory.ts';
import { NotFoundError } from './errors.ts';
import type { Clock, DecisionLog, DirectoryStore, Ids, ServiceDirectory, Wakes } from './ports.ts';
import { recordDecisions } from './record-decisions.ts';
import type { RequestPace } from './request-pace.ts';

export interface ConfirmDeps {
  readonly store: DirectoryStore;
  readonly directory: ServiceDirectory;
  readonly decisions: DecisionLog;
  readonly wakes: Pick<Wakes, 'reconcile'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** GetChange counts against the account's 5 requests a second. */
export const ASK_EVERY_MS = 1000;
/** "Within 60 seconds under normal conditions" (Route 53 Developer Guide, on INSYNC). */
export const FORGOTTEN_AFTER_MS = 60_000;

type Answer = 'in-sync' | 'pending' | 'unknown';

/** Resolves to true when the stored directory is another now. */
export function confirmChanges(
  deps: ConfirmDeps,
  pace: RequestPace,
): (directory: Directory) => Promise<boolean> {
  let askedAtMs = 0;
  const ask = asker(deps, pace);
  return async (directory) => {
    const { pending } = directory.head;
    if (!isWaiting(directory) || pending.length === 0) return false;
    if (deps.clock.nowMs() - askedAtMs < ASK_EVERY_MS) return false;
    askedAtMs = deps.clock.nowMs();
    const asked = pending.length === 1 ? pending : [pending.at(-1), pending[0]];
    for (const change of asked) {
      if (change === undefined) continue;
      await pace.turn();
      const answer = await ask(change.changeId);
      if (answer === 'in-sync') return await confirmed(deps, directory, change);
      const ageMs = deps.clock.nowMs() - change.submittedAtMs;
      if (answer === 'unknown' && ageMs >= FORGOTTEN_AFTER_MS) return await givenUp(deps, directory, change);
    }
    return false;
  };
}

/** An error must not hold up what else is to be registered: told once, and asked again. */
function asker({ directory, ...deps }: ConfirmDeps, pace: RequestPace): (id: string) => Promise<Answer> {
  let told = '';
  return async (changeId) => {
    try {
      return (await directory.isInSync(changeId)) ? 'in-sync' : 'pending';
    } catch (error) {
      const unknown = error instanceof NotFoundError;
      if (!unknown) pace.throttled();
      const why = error instanceof Error ? error.message : String(error);
      const message = `Route 53 does not say whether ${changeId} is on all servers: ${why}`;
      if (told !== changeId) await tell(deps, changeId, message);
      told = changeId;
      return unknown ? 'unknown' : 'pending';
    }
  };
}

async function confirmed(deps: ConfirmDeps, directory: Directory, change: PendingChange): Promise<true> {
  const { store, wakes, clock } = deps;
  const { head } = directory;
  const names = confirmEntries(directory, change.plan, clock.nowMs());
  await Promise.all(names.map((name) => store.putName(name, name.version)));
  const pending = head.pending.filter((one) => one.plan > change.plan);
  await store.putHead({ ...head, pending }, head.version);
  const out = names.flatMap((name) => Object.values(name.tasks).flatMap((entry) => entry.outAtMs ?? []));
  if (out.length > 0) {
    const seconds = Math.ceil((Math.max(...out) - clock.nowMs()) / 1000);
    await wakes.reconcile('the TTL of removed records is over', Math.max(1, seconds));
  }
  return true;
}

async function givenUp(deps: ConfirmDeps, { head }: Directory, change: PendingChange): Promise<true> {
  const pending = head.pending.filter((one) => one.changeId !== change.changeId);
  await deps.store.putHead({ ...head, pending }, head.version);
  const message = `Route 53 does not know ${change.changeId} (plan ${change.plan}) any more; a later change confirms what it did`;
  await tell(deps, change.changeId, message);
  return true;
}

const tell = (
  deps: Pick<ConfirmDeps, 'decisions' | 'clock' | 'ids'>,
  changeId: string,
  message: string,
): Promise<void> =>
  recordDecisions(deps, 'register', [{ code: 'dns-unconfirmed', subject: changeId, stack: null, message }]);
