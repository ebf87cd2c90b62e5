/** Hosts that are not there yet, as placement sees them. */
import type { Capacity, Host } from '../model/host.ts';
import type { Architecture } from '../model/cluster.ts';
import { schedulable, type Candidate } from '../scheduling/needs.ts';
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

export const emptyHost = (id: string, architecture: Architecture, capacity: Capacity): Candidate => ({
  id,
  architecture,
  schedulable: schedulable(capacity),
  assignments: [],
  ended: new Set(),
});
