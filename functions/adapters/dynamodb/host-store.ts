/**
 * Hosts, their manifests, reports and leases: four rows a host in one partition, each kind contiguous. The host row is
 * written by the provision loop and at registration, the manifest by the reconcile loop, report and lease by the agent's
 * routes.
 */
import type { RowKind, UnreadableRow } from '../../core/model/unreadable.ts';
import type { HostStore } from '../../usecases/ports.ts';
import { fromHost, fromLease, toHost, toLease } from './items/host-items.ts';
import { fromManifest, fromReport, servicesNamed, toManifest, toReport } from './items/task-items.ts';
import { mustBeAt, mustBeNewerBeat, mustBeOlderReport } from './table/conditions.ts';
import type { Item } from './table/fields.ts';
import { readable } from './table/readable.ts';
import { hostKey, hostPrefix, HOSTS } from './table/keys.ts';
import type { HostRow } from './table/keys.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions } from './table/table.ts';

const ROWS: readonly HostRow[] = ['META', 'MANIFEST', 'REPORT', 'LEASE'];

const KINDS: Readonly<Record<HostRow, RowKind>> = {
  META: 'host',
  MANIFEST: 'manifest',
  REPORT: 'report',
  LEASE: 'lease',
};

export const dynamoHostStore = (options: DynamoOptions): HostStore => {
  const table = openTable(options);
  const list = async <Row>(row: HostRow, map: (item: Item) => Row, left?: UnreadableRow[]) => {
    const items = await table.query({ pk: HOSTS, skPrefix: hostPrefix(row) });
    const name = (item: Item): Omit<UnreadableRow, 'why'> => ({
      kind: KINDS[row],
      subject: String(item.sk).slice(hostPrefix(row).length),
      ...(row === 'MANIFEST' ? { services: servicesNamed(item) } : {}),
    });
    return readable(items, map, name, left);
  };
  const get = async <Row>(row: HostRow, id: string, map: (item: Item) => Row): Promise<Row | null> => {
    const item = await table.get(hostKey(row, id));
    return item && map(item);
  };
  return {
    listHosts: (left) => list('META', toHost, left),
    listManifests: (left) => list('MANIFEST', toManifest, left),
    listReports: (left) => list('REPORT', toReport, left),
    listLeases: (left) => list('LEASE', toLease, left),
    getHost: (id) => get('META', id, toHost),
    getManifest: (id) => get('MANIFEST', id, toManifest),
    getReport: (id) => get('REPORT', id, toReport),
    putHost: (host, expectedVersion) =>
      table.put(fromHost(host, expectedVersion + 1), mustBeAt(expectedVersion)),
    putManifest: (manifest, expectedVersion) =>
      table.put(fromManifest(manifest, expectedVersion + 1), mustBeAt(expectedVersion)),
    putReport: (report, expectedVersion) =>
      table.put(
        fromReport(report, expectedVersion + 1),
        mustBeOlderReport(expectedVersion, report.bootId, report.seq),
      ),
    putLease: (lease) => table.put(fromLease(lease), mustBeNewerBeat(lease.bootId, lease.seq)),
    // Together: a manifest or report without its host would stay for ever, as nobody would look for it.
    removeHost: (id, expectedVersion) =>
      table.removeTogether(
        ROWS.map((row) => hostKey(row, id)),
        mustBeAt(expectedVersion),
      ),
  };
};
