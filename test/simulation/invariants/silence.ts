/** I15 and I31: what is done to hosts that are not heard, and to those that are heard again. */
import { isWatched, type Host } from '../../../functions/core/model/host.ts';
import { MASS_LEAST, MASS_SHARE } from '../../../functions/core/health/mass-silence.ts';
import { BEAT_GRACE_MS } from '../../../functions/core/health/signs.ts';
import type { Assignment } from '../../../functions/core/model/task.ts';
import type { Watcher } from '../world/watch.ts';
import { createHindrance } from './hindrance.ts';
import type { Judge } from './invariants.ts';
import { createRows, isToldHealthy, type Rows } from './rows.ts';

/** Last heard within so long of each other: at once, whatever the order of beats. */
const AT_ONCE_MS = 40_000;
/** A beat that is missed for so long was looked at by a tick since. */
const SEEN_MS = 20_000;
/** I31: longest life of a surplus, once both serve. */
const SURPLUS_MS = 60_000;
/** By then what hindered the control plane has no part in what it does any more. */
const HINDERED_MS = 180_000;

export function silenceInvariants(judge: Judge): Watcher {
  const { world, check } = judge;
  const rows = createRows();
  const hindered = createHindrance(world, HINDERED_MS).isOn;
  const checkBack = (host: string): void => {
    const surplus = surplusOf(rows, host);
    if (surplus === undefined) {
      check('I31', true, () => '');
      return;
    }
    if (!hindered() && surplus.sinceMs(world.scheduler.nowMs()) > SURPLUS_MS)
      check('I31', false, () => `${surplus.words} for more than a minute after ${host} came back`);
    else world.scheduler.in(SURPLUS_MS / 4, () => checkBack(host));
  };
  const surpluses = new Map<string, number>();

  /** Tasks of the host that another host has too, both serving; and for how long that is so. */
  function surplusOf({ hosts, manifests }: Rows, host: string) {
    const stays = (at: string): boolean => hosts.get(at)?.state === 'ready' && hosts.get(at)?.drain === null;
    const serves = (at: string, one: Assignment): boolean =>
      one.wanted === 'run' && stays(at) && isToldHealthy(rows, at, one);
    for (const one of manifests.get(host)?.assignments ?? []) {
      if (!serves(host, one)) continue;
      for (const other of manifests.values()) {
        const twin = other.assignments.find(
          (each) =>
            each.task !== one.task &&
            each.digest === one.digest &&
            each.slot === one.slot &&
            each.service === one.service &&
            each.stack === one.stack &&
            serves(other.host, each),
        );
        if (twin === undefined) continue;
        const key = `${one.task} ${twin.task}`;
        return {
          words: `${one.task} on ${host} and ${twin.task} on ${other.host} both run`,
          sinceMs: (nowMs: number): number => {
            const sinceMs = surpluses.get(key) ?? nowMs;
            surpluses.set(key, sinceMs);
            return nowMs - sinceMs;
          },
        };
      }
    }
    return undefined;
  }

  /** Hosts that fell silent at the same time as that one, it included, of which EC2 says nothing bad. */
  const silentWith = (host: Host): readonly Host[] => {
    const nowMs = world.scheduler.nowMs();
    const alive = new Set(world.ec2.alive().map(({ id }) => id));
    const heardMs = (one: Host): number => rows.leases.get(one.id)?.receivedAtMs ?? -Infinity;
    return [...rows.hosts.values()].filter((one) => {
      const missedMs = heardMs(one) + (rows.leases.get(one.id)?.paceMs ?? 0) + BEAT_GRACE_MS + SEEN_MS;
      const isAtOnce = Math.abs(heardMs(one) - heardMs(host)) <= AT_ONCE_MS;
      return isWatched(one.state) && missedMs < nowMs && isAtOnce && alive.has(one.instanceId ?? '');
    });
  };

  return {
    ...rows.watcher,
    host: (row, before, key) => {
      const watched = [...rows.hosts.values()].filter(({ state }) => isWatched(state)).length;
      const isGivenUp = before !== null && isWatched(before.state) && before.drain === null && row !== null;
      const isLost = isGivenUp && row.state !== before.state && !['ready', 'suspect'].includes(row.state);
      // The word of EC2 (a spot notice) or of an operator is evidence.
      const isTold = row?.drain?.cause === 'asked';
      if (isLost && !isTold && !hindered()) {
        const silent = silentWith(before);
        const isMass = silent.length >= MASS_LEAST && silent.length > MASS_SHARE * watched;
        check('I15', !isMass || !silent.includes(before), () => {
          const list = silent.map(({ id }) => id).join(', ');
          return `${key} became ${row.state} (${row.reason}) while ${list} fell silent with it`;
        });
      }
      rows.watcher.host?.(row, before, key);
      if (before?.state === 'lost' && row?.state === 'ready')
        world.scheduler.in(SURPLUS_MS / 4, () => checkBack(key));
    },
    minute: () => void hindered(),
  };
}
