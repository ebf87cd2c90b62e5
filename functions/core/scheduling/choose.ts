/**
 * The best host for each task of a group: a look at every host for one task, a heap of them for many. A replica that has
 * tasks already, or whose last one failed somewhere, is looked at alone: its own tasks do not count against a host.
 */
import { addToDomains, compareLeaves } from './domains.ts';
import { compareInLeaf, judge, type Criterion, type Sitting } from './desk.ts';
import { createHeaps, heapAt, heapMoved, heapRemove, type HostHeaps } from './host-heaps.ts';
import type { TaskNeeds } from './needs.ts';

export interface Choice {
  readonly host: number;
  /** What sets it apart from the second best. */
  readonly decided: Criterion;
  /** Some other host that fits is in a zone (or what the file prefers) with more replicas. */
  readonly zoneCounted: boolean;
  /** How many hosts fit. */
  readonly fits: number;
}

export interface Chooser {
  /** Null: it fits nowhere. */
  next(needs: TaskNeeds): Choice | null;
  /** Nothing of that replica is there yet, and none of its tasks failed: what holds for one such holds for all. */
  isFresh(needs: TaskNeeds): boolean;
  /** A task of the group went there, or its room is kept: how the host looks now. */
  changed(host: number): void;
}

/** From so many tasks on, heaps are worth their making. */
const HEAPS_FROM = 3;

export function createChooser(sitting: Sitting, group: number): Chooser {
  const { presence, desk, domains, counts } = sitting;
  const slotsThere = new Set<number>();
  for (const slots of presence.values()) for (const slot of slots) slotsThere.add(slot);
  const heaps = group >= HEAPS_FROM ? heapsOf(sitting) : null;
  const isFresh = ({ slot, failedOn = [] }: TaskNeeds): boolean =>
    failedOn.length === 0 && !slotsThere.has(slot);
  return {
    isFresh,
    next: (needs) => {
      if (isFresh(needs)) return heaps === null ? lookAtAll(sitting, NOWHERE) : topOf(sitting, heaps);
      return aside(sitting, needs, () => lookAtAll(sitting, hostsNamed(sitting, needs.failedOn ?? [])));
    },
    changed: (host) => {
      const now = presence.get(host)?.length ?? 0;
      addToDomains(domains, counts, host, now - (desk.others[host] ?? 0));
      desk.others[host] = now;
      judge(sitting, host);
      if (heaps === null) return;
      if (desk.verdict[host] === 0) heapMoved(heaps, host);
      else heapRemove(heaps, host);
    },
  };
}

const NOWHERE: ReadonlySet<number> = new Set();

function hostsNamed({ desk }: Sitting, ids: readonly string[]): Set<number> {
  return new Set(ids.map((id) => desk.fleet.hosts.findIndex((host) => host.id === id)));
}

/** Decides as if the tasks of that replica were not there. */
export function aside<Result>(sitting: Sitting, { slot }: TaskNeeds, decide: () => Result): Result {
  const { presence, desk, domains, counts } = sitting;
  const own = [...presence].flatMap(([host, slots]) => (slots.includes(slot) ? [host] : []));
  const shift = (host: number, by: number): void => {
    desk.others[host] = (desk.others[host] ?? 0) + by;
    addToDomains(domains, counts, host, by);
    judge(sitting, host);
  };
  for (const host of own) shift(host, -1);
  const result = decide();
  for (const host of own) shift(host, 1);
  return result;
}

function compare(sitting: Sitting, failedOn: ReadonlySet<number>, a: number, b: number): number {
  const { domains, counts } = sitting;
  const failed = failedOn.size === 0 ? 0 : Number(failedOn.has(a)) - Number(failedOn.has(b));
  if (failed !== 0) return failed;
  const [left, right] = [domains.leafOf[a] ?? 0, domains.leafOf[b] ?? 0];
  return (left === right ? 0 : compareLeaves(domains, counts, left, right)) || compareInLeaf(sitting, a, b);
}

function lookAtAll(sitting: Sitting, failedOn: ReadonlySet<number>): Choice | null {
  const { verdict } = sitting.desk;
  const { leafOf, leaves } = sitting.domains;
  const seen = new Uint8Array(leaves.length);
  let [best, second, fits] = [-1, -1, 0];
  for (let host = 0; host < verdict.length; host += 1) {
    if (verdict[host] !== 0) continue;
    fits += 1;
    seen[leafOf[host] ?? 0] = 1;
    if (best < 0 || compare(sitting, failedOn, host, best) < 0) [best, second] = [host, best];
    else if (second < 0 || compare(sitting, failedOn, host, second) < 0) second = host;
  }
  if (best < 0) return null;
  const decided = criterion(sitting, failedOn, best, second);
  return { host: best, decided, zoneCounted: isFewest(sitting, best, (leaf) => seen[leaf] === 1), fits };
}

function heapsOf(sitting: Sitting): HostHeaps {
  const { desk, domains } = sitting;
  const of = { leafOf: domains.leafOf, leaves: domains.leaves.length, verdict: desk.verdict };
  return createHeaps(desk.heaps, of, (a, b) => compareInLeaf(sitting, a, b));
}

function topOf(sitting: Sitting, heaps: HostHeaps): Choice | null {
  let [best, second, fits] = [-1, -1, 0];
  const offer = (host: number): void => {
    if (host < 0) return;
    if (best < 0 || compare(sitting, NOWHERE, host, best) < 0) [best, second] = [host, best];
    else if (second < 0 || compare(sitting, NOWHERE, host, second) < 0) second = host;
  };
  for (let leaf = 0; leaf < heaps.sizes.length; leaf += 1) {
    fits += heaps.sizes[leaf] ?? 0;
    offer(heapAt(heaps, leaf, 0));
  }
  if (best < 0) return null;
  const leaf = sitting.domains.leafOf[best] ?? 0;
  offer(heapAt(heaps, leaf, 1));
  offer(heapAt(heaps, leaf, 2));
  const decided = criterion(sitting, NOWHERE, best, second);
  return {
    host: best,
    decided,
    zoneCounted: isFewest(sitting, best, (one) => heapAt(heaps, one, 0) >= 0),
    fits,
  };
}

function isFewest({ domains, counts }: Sitting, best: number, fitsIn: (leaf: number) => boolean): boolean {
  const own = domains.leafOf[best] ?? 0;
  for (let leaf = 0; leaf < domains.leaves.length; leaf += 1)
    if (leaf !== own && fitsIn(leaf) && compareLeaves(domains, counts, own, leaf) < 0) return true;
  return false;
}

function criterion(sitting: Sitting, failedOn: ReadonlySet<number>, best: number, second: number): Criterion {
  if (second < 0) return 'alone';
  const { desk, domains, counts, isSpread } = sitting;
  const differs = (values: ArrayLike<number>): boolean => values[best] !== values[second];
  if (failedOn.has(best) !== failedOn.has(second)) return 'failed';
  if (compareLeaves(domains, counts, domains.leafOf[best] ?? 0, domains.leafOf[second] ?? 0) !== 0)
    return 'zone';
  if (differs(desk.beside)) return 'affinity';
  if (isSpread && differs(desk.others)) return 'host';
  if (differs(desk.imageStep)) return 'image';
  return differs(desk.leftover) ? 'packing' : 'chance';
}
