/** The in-memory twin of the loops' leases: the same state machine as the table's. */
import type { LoopLeases, LoopName } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';

interface Lease {
  readonly owner: string | null;
  readonly expiresAtMs: number;
  readonly fence: number;
  readonly again: boolean;
}

const FREE: Lease = { owner: null, expiresAtMs: 0, fence: 0, again: false };

export const inMemoryLoopLeases = () => {
  const leases = new Map<LoopName, Lease>();
  const leaseOf = (loop: LoopName): Lease => leases.get(loop) ?? FREE;
  return withFaults<LoopLeases>({
    acquire: (loop, owner, nowMs, ttlMs) => {
      const lease = leaseOf(loop);
      if (lease.owner === null || lease.expiresAtMs <= nowMs) {
        const fence = lease.fence + 1;
        leases.set(loop, { owner, expiresAtMs: nowMs + ttlMs, fence, again: false });
        return fence;
      }
      if (lease.owner === owner) return lease.fence;
      leases.set(loop, { ...lease, again: true });
      return null;
    },
    renew: (loop, owner, nowMs, ttlMs) => {
      const lease = leaseOf(loop);
      if (lease.owner !== owner) return null;
      leases.set(loop, { ...lease, expiresAtMs: nowMs + ttlMs, again: false });
      return { again: lease.again };
    },
    release: (loop, owner) => {
      const lease = leaseOf(loop);
      if (lease.owner !== owner) return true;
      if (lease.again) return false;
      leases.set(loop, { ...lease, owner: null, expiresAtMs: 0 });
      return true;
    },
  });
};
