/** The rows as they are stored now, for invariants that ask about several of them at once. */
import type { Host } from '../../../functions/core/model/host.ts';
import type { ServiceState } from '../../../functions/core/model/stack.ts';
import type { Assignment, HostLease, HostManifest, HostReport } from '../../../functions/core/model/task.ts';
import type { Watcher } from '../world/watch.ts';

export interface Rows {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly manifests: ReadonlyMap<string, HostManifest>;
  readonly reports: ReadonlyMap<string, HostReport>;
  readonly leases: ReadonlyMap<string, HostLease>;
  /** By `stack#service`. */
  readonly services: ReadonlyMap<string, ServiceState>;
  /** Replicas that the operator wants, by stack and service. */
  readonly wanted: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly watcher: Watcher;
}

export function createRows(): Rows {
  const hosts = new Map<string, Host>();
  const manifests = new Map<string, HostManifest>();
  const reports = new Map<string, HostReport>();
  const leases = new Map<string, HostLease>();
  const services = new Map<string, ServiceState>();
  const wanted = new Map<string, Readonly<Record<string, number>>>();
  const keep =
    <Row>(rows: Map<string, Row>) =>
    (row: Row | null, _before: Row | null, key: string): void => {
      if (row === null) rows.delete(key);
      else rows.set(key, row);
    };
  return {
    hosts,
    manifests,
    reports,
    leases,
    services,
    wanted,
    watcher: {
      host: keep(hosts),
      manifest: keep(manifests),
      report: keep(reports),
      service: keep(services),
      lease: (lease) => void leases.set(lease.host, lease),
      wanted: (stack, replicas) => void wanted.set(stack, replicas),
    },
  };
}

export const isFrozen = ({ hosts }: Rows): boolean =>
  [...hosts.values()].some(({ silence }) => silence?.frozen === true);

/** Whether its host said last that it runs and is healthy. */
export const isToldHealthy = ({ reports }: Rows, host: string, { task }: Assignment): boolean =>
  reports
    .get(host)
    ?.tasks.some((one) => one.task === task && one.phase === 'running' && one.health === 'healthy') === true;
