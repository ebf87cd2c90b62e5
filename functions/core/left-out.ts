/**
 * What a pass leaves out because rows cannot be read. A host with such a row is left out as a whole: nobody knows what it
 * is, what it runs or whether it lives. So is each service with tasks there, since what seems to be missing may be there:
 * nothing of it is replaced, stopped or taken out of DNS.
 */
import type { Directory } from './model/directory.ts';
import { hostId, serviceKey } from './model/ids.ts';
import type { HostManifest } from './model/task.ts';
import { NOTHING_LEFT_OUT, type LeftOut, type RowKind, type UnreadableRow } from './model/unreadable.ts';

const OF_HOSTS: readonly RowKind[] = ['host', 'manifest', 'report', 'lease'];

/** @param manifests all that can be read, those of hosts that are left out among them */
export function leftOut(
  rows: readonly UnreadableRow[],
  manifests: readonly HostManifest[],
  directory: Pick<Directory, 'names'>,
): LeftOut {
  if (rows.length === 0) return NOTHING_LEFT_OUT;
  const hosts = new Set(
    rows.filter(({ kind }) => OF_HOSTS.includes(kind)).map(({ subject }) => hostId(subject)),
  );
  const there = manifests
    .filter(({ host }) => hosts.has(host))
    .flatMap(({ assignments }) => assignments.map(({ stack, service }) => serviceKey(stack, service)));
  const blind = rows.some(({ kind }) => kind === 'manifest');
  return {
    rows,
    hosts,
    services: new Set([
      ...there,
      ...rows.flatMap(({ kind, subject, services }) =>
        kind === 'service' || kind === 'scale' ? [subject] : (services ?? []),
      ),
      ...rows.flatMap(({ kind, subject }) => (kind === 'name' ? servicesOfOwner(subject) : [])),
      ...(blind ? namedByDnsAlone(manifests, directory) : []),
    ]),
    stacks: new Set(
      rows.filter(({ kind }) => kind === 'stack' || kind === 'revision').map(({ subject }) => subject),
    ),
  };
}

/** None: it is a host's. */
function servicesOfOwner(owner: string): string[] {
  const [service = '', stack] = owner.split('.');
  return stack === undefined ? [] : [serviceKey(stack, service)];
}

/** Services with a task in DNS that no manifest names any more: it may be in the one that nobody can read. */
function namedByDnsAlone(manifests: readonly HostManifest[], { names }: Pick<Directory, 'names'>): string[] {
  const known = new Set<string>(manifests.flatMap(({ assignments }) => assignments.map(({ task }) => task)));
  return names.flatMap(({ owner, tasks }) => {
    const [service = '', stack] = owner.split('.');
    const unknown = Object.entries(tasks).some(([task, { state }]) => state === 'in' && !known.has(task));
    return stack !== undefined && unknown ? [serviceKey(stack, service)] : [];
  });
}
