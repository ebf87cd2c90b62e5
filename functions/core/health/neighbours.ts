/**
 * Who watches whom: a ring over the hosts, in an order that their ids alone decide; each watches the next three.
 *
 * Suspect hosts stay in the ring, or nobody would see them come back to their neighbours; lost ones do not. A host that
 * comes or goes changes the lists of the three before it and no other.
 */
import { hash32 } from '../random.ts';
import type { ClusterSettings } from '../model/cluster.ts';
import { isWatched, type Host, type Neighbour } from '../model/host.ts';
import type { HostId } from '../model/ids.ts';

/** Two of three witnesses suffice, so one of them may be dead too. */
export const NEIGHBOURS = 3;

/** With fewer than four hosts there are too few witnesses to spare: they beat as often as this. */
export const SMALL_CLUSTER_BEAT_MS = 15_000;

/** The pace at which a host beats, dictated by every reply to it. */
export const beatPaceMs = ({ neighbours }: Pick<Host, 'neighbours'>, settings: ClusterSettings): number =>
  neighbours.length < NEIGHBOURS ? Math.min(settings.beatMs, SMALL_CLUSTER_BEAT_MS) : settings.beatMs;

/** The neighbours that each host is to watch; hosts that watch nobody (not ready, gone) have none. */
export function watchRing(hosts: readonly Host[]): ReadonlyMap<HostId, readonly Neighbour[]> {
  const ring = hosts
    .filter((host) => isWatched(host.state) && host.state !== 'lost' && host.address !== null)
    .map((host) => ({ host: host.id, address: host.address ?? '', rank: hash32(host.id) }))
    .sort((a, b) => a.rank - b.rank || (a.host < b.host ? -1 : 1));
  const count = Math.min(NEIGHBOURS, ring.length - 1);
  const next = (at: number): Neighbour[] =>
    Array.from({ length: Math.max(0, count) }, (_, step) => ring[(at + step + 1) % ring.length]).flatMap(
      (one) => (one === undefined ? [] : [{ host: one.host, address: one.address }]),
    );
  return new Map(ring.map((one, at) => [one.host, next(at)]));
}

/** Hosts whose row names other neighbours than the ring, with those that it shall name. */
export function outdatedNeighbours(hosts: readonly Host[]): Host[] {
  const ring = watchRing(hosts);
  return hosts
    .filter((host) => isWatched(host.state) && host.state !== 'lost')
    .map((host) => ({ ...host, neighbours: ring.get(host.id) ?? [] }))
    .filter((next, _, all) => all.length > 0 && !sameAs(hosts, next));
}

function sameAs(hosts: readonly Host[], next: Host): boolean {
  const before = hosts.find((host) => host.id === next.id)?.neighbours ?? [];
  const text = (list: readonly Neighbour[]): string =>
    list.map(({ host, address }) => `${host} ${address}`).join();
  return text(before) === text(next.neighbours);
}
