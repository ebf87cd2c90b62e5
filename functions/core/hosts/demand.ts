/**
 * From tasks that found no host to the number of hosts to launch.
 *
 * Unplaced tasks go first onto hosts that are already coming, then onto imagined new ones of the pool's type. A task
 * that even an empty host could not take makes no demand: it would launch hosts for ever.
 */
import type { ClusterSettings } from '../model/cluster.ts';
import { isComing, isGone, type Capacity, type Host } from '../model/host.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { planPlacements, type Unplaced } from '../scheduling/plan.ts';
import { schedulable, type Candidate } from '../scheduling/needs.ts';

export interface Demand {
  readonly hosts: number;
  /** Tasks that no host of the pool can ever take, with the reason. */
  readonly impossible: readonly Unplaced[];
  /** True when more hosts would help but `hostsMax` is reached. */
  readonly exhausted: boolean;
}

/** Until a host of the type has told its capacity: nominal memory, less what firmware and kernel keep. */
export const NOMINAL_MEMORY_SHARE = 0.92;
/** A modest guess; the kernel's default limit is far higher on every size. */
export const EXPECTED_PIDS = 30_000;

export function expectedCapacity(
  hosts: readonly Host[],
  instanceType: string,
  nominal: { readonly cpuMillis: number; readonly memoryBytes: number },
): Capacity {
  const told = hosts.find(
    (host) => host.launch.instanceType === instanceType && host.registeredAtMs !== null,
  );
  return told
    ? told.capacity
    : {
        cpuMillis: nominal.cpuMillis,
        memoryBytes: Math.floor(nominal.memoryBytes * NOMINAL_MEMORY_SHARE),
        pids: EXPECTED_PIDS,
      };
}

export function hostDemand(
  snapshot: Pick<Snapshot, 'hosts' | 'settings' | 'leftOut'>,
  unplaced: readonly Unplaced[],
  expected: Capacity,
  nowMs: number,
): Demand {
  const { settings } = snapshot;
  const coming = snapshot.hosts
    .filter((view) => isComing(view.host.state) && view.host.drain === null)
    .map((view) => emptyHost(view.host.id, view.host.launch.architecture, view.host.capacity));
  const left = planPlacements(
    unplaced.map(({ needs }) => needs),
    coming,
    nowMs,
    'demand',
  ).unplaced;
  const impossible = left.filter(({ needs }) => {
    const probe = planPlacements([needs], [imagined(0, settings, expected)], nowMs, 'demand');
    return probe.unplaced.length > 0;
  });
  const possible = left.filter((one) => !impossible.includes(one)).map(({ needs }) => needs);
  const known = snapshot.hosts.filter((view) => !isGone(view.host.state)).length;
  // Of those that nobody can read, each may be there.
  const present = known + snapshot.leftOut.hosts.size;
  const room = Math.max(0, settings.pool.hostsMax - present);
  let hosts = 0;
  while (planPlacements(possible, fleet(hosts, settings, expected), nowMs, 'demand').unplaced.length > 0) {
    if (hosts === room) return { hosts, impossible, exhausted: true };
    hosts += 1;
  }
  return { hosts, impossible, exhausted: false };
}

const fleet = (count: number, settings: ClusterSettings, expected: Capacity): Candidate[] =>
  Array.from({ length: count }, (_, index) => imagined(index, settings, expected));

const imagined = (index: number, settings: ClusterSettings, expected: Capacity): Candidate =>
  emptyHost(`a new host ${index + 1}`, settings.pool.architecture, expected);

export const emptyHost = (
  id: string,
  architecture: Candidate['architecture'],
  capacity: Capacity,
): Candidate => ({
  id,
  architecture,
  schedulable: schedulable(capacity),
  assignments: [],
  ended: new Set(),
});
