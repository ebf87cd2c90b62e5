/** Hosts that are not there yet, as placement sees them. */
import type { Capacity, Host } from '../model/host.ts';
import type { Architecture } from '../model/cluster.ts';
import type { PoolTraits } from '../model/placement.ts';
import { poolNamed } from '../model/pool.ts';
import { schedulable, type Candidate } from '../scheduling/needs.ts';
import type { TypeOption } from './offerings.ts';
import type { TypeSize } from './prices.ts';

/** Until a host of the type has told its capacity: nominal memory, less what firmware and kernel keep. */
export const NOMINAL_MEMORY_SHARE = 0.92;
/** A modest guess; the kernel's default limit is far higher on every size. */
export const EXPECTED_PIDS = 30_000;

/** What the first registered host of the type told, else what EC2 says of the type. */
export function expectedCapacity(hosts: readonly Host[], instanceType: string, nominal: TypeSize): Capacity {
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

/** What rules of placement may ask of a host that is not there yet. Its zone, unless known, is EC2's choice. */
export interface Place {
  readonly pool: PoolTraits | undefined;
  readonly instanceType: string;
  readonly zone: string | null;
}

export const emptyHost = (
  id: string,
  architecture: Architecture,
  capacity: Capacity,
  place: Place,
): Candidate => ({
  id,
  architecture,
  schedulable: schedulable(capacity),
  assignments: [],
  ended: new Set(),
  ...place,
});

/** A host that was asked for, as it will be. */
export const comingHost = (host: Host, settings: PoolsOf): Candidate =>
  emptyHost(host.id, host.launch.architecture, host.capacity, {
    pool: poolNamed(settings, host.pool),
    instanceType: host.launch.instanceType,
    zone: host.zone,
  });

/** One of an option, in a zone that has it. */
export const imaginedHost = (id: string, option: TypeOption): Candidate => {
  const zones = [...new Set(option.offerings.map(({ zone }) => zone))];
  const [zone] = zones;
  return emptyHost(id, option.architecture, option.capacity, {
    pool: option.pool,
    instanceType: option.instanceType,
    zone: zones.length === 1 && zone !== undefined ? zone : null,
  });
};

type PoolsOf = Parameters<typeof poolNamed>[0];
