/** The in-memory twin of hosts, manifests, reports and leases. */
import type { Host } from '../../../functions/core/model/host.ts';
import type { HostLease, HostManifest, HostReport } from '../../../functions/core/model/task.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { HostStore } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy, versionedRows, type RowListener } from './versioned-rows.ts';

/** Whoever wants to see each change. */
export interface HostListeners {
  readonly host?: RowListener<Host>;
  readonly manifest?: RowListener<HostManifest>;
  readonly report?: RowListener<HostReport>;
  readonly lease?: (lease: HostLease) => void;
}

export const inMemoryHostStore = (listeners: HostListeners = {}) => {
  const hosts = versionedRows<Host>(listeners.host);
  const manifests = versionedRows<HostManifest>(listeners.manifest);
  const reports = versionedRows<HostReport>(listeners.report);
  const leases = new Map<string, HostLease>();
  let listedLeases: readonly HostLease[] | undefined;
  const drop = (
    rows: { get(key: string): { version: number } | null; remove(key: string, version: number): void },
    id: string,
  ) => rows.remove(id, rows.get(id)?.version ?? 0);

  return withFaults<HostStore>({
    listHosts: () => hosts.list(),
    listManifests: () => manifests.list(),
    listReports: () => reports.list(),
    listLeases: () =>
      (listedLeases ??= [...leases.values()].sort((one, other) => (one.host < other.host ? -1 : 1))),
    getHost: (id) => hosts.get(id),
    getManifest: (id) => manifests.get(id),
    getReport: (id) => reports.get(id),
    putHost: (host, expectedVersion) => hosts.put(host.id, host, expectedVersion),
    putManifest: (manifest, expectedVersion) => manifests.put(manifest.host, manifest, expectedVersion),
    putReport: (report, expectedVersion) =>
      reports.put(
        report.host,
        report,
        expectedVersion,
        (stored) => stored.bootId !== report.bootId || stored.seq < report.seq,
      ),
    putLease: (lease) => {
      const stored = leases.get(lease.host);
      if (stored?.bootId === lease.bootId && stored.seq >= lease.seq)
        throw new ConflictError(`${lease.host}: that beat is known`);
      leases.set(lease.host, frozenCopy(lease));
      listedLeases = undefined;
      listeners.lease?.(lease);
    },
    removeHost: (id, expectedVersion) => {
      hosts.remove(id, expectedVersion);
      drop(manifests, id);
      drop(reports, id);
      leases.delete(id);
      listedLeases = undefined;
    },
  });
};
