/**
 * Who watches whom: a ring over the hosts, in an order that their ids alone decide; each watches the next three.
 *
 * Suspect hosts stay in the ring, or nobody would see them come back to their neighbours; lost ones do not. A host that
 * comes or goes changes the lists of the three before it and no other.
 */
import { perObject } from '../per-object.ts';
import { hash32 } from '../random.ts';
import { sameList } from '../same-list.ts';
import type { ClusterSettings } from '../model/cluster.ts';
import { isWatched, type Host, type Neighbour } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';

/** Two of three witnesses suffice, so one of them may be dead too. */
export const NEIGHBOURS = 3;

/** With fewer than four hosts there are too few witnesses to spare: they beat as often as this. */
export const SMALL_CLUSTER_BEAT_MS = 15_000;

/** For so long after its registration a host beats as often too: those who are to watch it learn of it with their own
 * next beat, and until then its missed beats alone tell of its death. */
export const NEW_HOST_MS = 120_000;

/** The pace at which a host beats, dictated by every reply to it. */
export function beatPaceMs(
  { neighbours, registeredAtMs }: Pick<Host, 'neighbours' | 'registeredAtMs'>,
  settings: ClusterSettings,
  nowMs: number,
): number {
  const isNew = nowMs - (registeredAtMs ?? nowMs) < NEW_HOST_MS;
  const often = isNew || neighbours.length < NEIGHBOURS;
  return often ? Math.min(settings.beatMs, SMALL_CLUSTER_BEAT_MS) : settings.beatMs;
}

/** The neighbours that each host is to watch; hosts that watch nobody (not ready, gone) have none. */
export function watchRing(hosts: readonly Host[]): ReadonlyMap<HostId, readonly Neighbour[]> {
  const ring = hosts
    .filter((host) => isWatched(host.state) && host.state !== 'lost' && host.address !== null)
    .map((host) => ({ neighbour: { host: host.id, address: host.address ?? '' }, rank: hash32(host.id) }))
    .sort((a, b) => a.rank - b.rank || (a.neighbour.host < b.neighbour.host ? -1 : 1));
  const count = Math.min(NEIGHBOURS, ring.length - 1);
  // Twice around, so that the last ones find the first.
  const twice = [...ring, ...ring].map(({ neighbour }) => neighbour);
  const next = (at: number): Neighbour[] => twice.slice(at + 1, at + 1 + Math.max(0, count));
  return new Map(ring.map(({ neighbour }, at) => [neighbour.host, next(at)]));
}

const sameHosts = sameList<Host>();

/** Hosts whose row names other neighbours than the ring, with those that it shall name. */
export const outdatedNeighbours = (hosts: readonly Host[]): readonly Host[] => outdatedOf(sameHosts(hosts));

const outdatedOf = perObject((hosts: readonly Host[]): readonly Host[] => {
  const ring = watchRing(hosts);
  return hosts
    .filter((host) => isWatched(host.state) && host.state !== 'lost')
    .flatMap((host) => {
      const neighbours = ring.get(host.id) ?? [];
      return areSame(host.neighbours, neighbours) ? [] : [{ ...host, neighbours }];
    });
});

const areSame = (before: readonly Neighbour[], next: readonly Neighbour[]): boolean =>
  before.length === next.length &&
  before.every(({ host, address }, at) => host === next[at]?.host && address === next[at].address);
