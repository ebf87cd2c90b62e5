/** One strongly consistent reading of everything that decisions read. Revisions never change, so they are kept. */
import { NOTHING_LEARNED, type AgentRelease } from '../core/model/agent.ts';
import type { HostId } from '../core/model/ids.ts';
import { NOTHING_SHORT } from '../core/model/offering.ts';
import type { Revision } from '../core/model/service-spec.ts';
import type { HostView, Snapshot } from '../core/model/snapshot.ts';
import type { HostManifest } from '../core/model/task.ts';
import type {
  AgentMemoryStore,
  ClusterStore,
  DirectoryStore,
  HostStore,
  OfferingStore,
  StackStore,
  StoredRevision,
  SweepStore,
} from './ports.ts';

export interface SnapshotDeps {
  readonly cluster: ClusterStore;
  readonly stacks: StackStore;
  readonly hosts: HostStore;
  readonly directory: DirectoryStore;
  readonly sweep: SweepStore;
  readonly agents: AgentMemoryStore;
  readonly offerings: Pick<OfferingStore, 'load'>;
  /** What this deploy published; absent where nobody decides about it. */
  readonly release?: AgentRelease | undefined;
}

export type LoadSnapshot = () => Promise<Snapshot>;

export const emptyManifest = (host: HostId): HostManifest => ({
  host,
  generation: 0,
  assignments: [],
  agent: null,
  version: 0,
});

export function toRevision({ stack, number, spec, digests }: StoredRevision): Revision {
  const services = Object.entries(spec.services).map(
    ([name, service]) => [name, { spec: service, digest: digests[name] ?? '' }] as const,
  );
  return { stack, number, services: Object.fromEntries(services) };
}

const byHost = <Row extends { readonly host: HostId }>(rows: readonly Row[]): Map<HostId, Row> =>
  new Map(rows.map((row) => [row.host, row]));

export function snapshotLoader(deps: SnapshotDeps): LoadSnapshot {
  const kept = new Map<string, Revision>();
  const revision = async (stack: string, number: number): Promise<Revision[]> => {
    const key = `${stack}@${number}`;
    const known = kept.get(key);
    if (known) return [known];
    const stored = await deps.stacks.getRevision(stack, number);
    if (stored === null) return [];
    const found = toRevision(stored);
    kept.set(key, found);
    return [found];
  };
  return async () => {
    // Manifests before reports: a report may then only be newer than the manifest that it answers.
    const [cluster, stacks, services, directory, hosts, manifests, sweep] = await Promise.all([
      deps.cluster.load(),
      deps.stacks.list(),
      deps.stacks.listServices(),
      deps.directory.load(),
      deps.hosts.listHosts(),
      deps.hosts.listManifests(),
      deps.sweep.load(),
    ]);
    const [reports, leases, revisions, agents, offerings] = await Promise.all([
      deps.hosts.listReports(),
      deps.hosts.listLeases(),
      Promise.all(stacks.map((head) => revision(head.name, head.revision))),
      // Without hosts there is nobody to ask: an idle cluster reads no row for it.
      hosts.length > 0 && deps.release !== undefined ? deps.agents.load() : NOTHING_LEARNED,
      hosts.length + stacks.length > 0 ? deps.offerings.load() : NOTHING_SHORT,
    ]);
    const [manifestOf, reportOf, leaseOf] = [byHost(manifests), byHost(reports), byHost(leases)];
    const views: HostView[] = hosts.map((host) => ({
      host,
      manifest: manifestOf.get(host.id) ?? emptyManifest(host.id),
      report: reportOf.get(host.id) ?? null,
      lease: leaseOf.get(host.id) ?? null,
    }));
    return {
      settings: cluster.settings,
      stacks,
      revisions: revisions.flat(),
      services,
      hosts: views,
      directory,
      sweep,
      release: deps.release ?? null,
      agents,
      offerings,
    };
  };
}
