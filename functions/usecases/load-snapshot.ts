/** One strongly consistent reading of everything that decisions read. Revisions never change, so they are kept. */
import { leftOut } from '../core/left-out.ts';
import { NOTHING_LEARNED, type AgentRelease } from '../core/model/agent.ts';
import { besideDirectory } from '../core/model/careful-settings.ts';
import type { HostId } from '../core/model/ids.ts';
import { NOTHING_SHORT } from '../core/model/offering.ts';
import { NEVER_SWEPT } from '../core/model/sweep.ts';
import { perObject } from '../core/per-object.ts';
import type { Revision } from '../core/model/service-spec.ts';
import type { HostView, Snapshot } from '../core/model/snapshot.ts';
import type { StackHead } from '../core/model/stack.ts';
import type { HostLease, HostManifest, HostReport } from '../core/model/task.ts';
import type { UnreadableRow } from '../core/model/unreadable.ts';
import { UnreadableError } from './errors.ts';
import { settingsReader, unlessUnreadable } from './read-settings.ts';
import type {
  AgentMemoryStore,
  ClusterStore,
  DirectoryStore,
  HostStore,
  OfferingStore,
  ScaleStore,
  StackStore,
  StoredRevision,
  SweepStore,
} from './ports.ts';

export interface SnapshotDeps {
  readonly cluster: ClusterStore;
  readonly stacks: StackStore;
  readonly scales: Pick<ScaleStore, 'list'>;
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

export const toRevision = perObject(({ stack, number, spec, digests }: StoredRevision): Revision => {
  const services = Object.entries(spec.services).map(
    ([name, service]) => [name, { spec: service, digest: digests[name] ?? '' }] as const,
  );
  return { stack, number, services: Object.fromEntries(services) };
});

/** Text: why it cannot be read. */
async function readRevision(
  stacks: StackStore,
  stack: string,
  number: number,
): Promise<StoredRevision | string> {
  try {
    return (
      (await stacks.getRevision(stack, number)) ??
      `${stack} wants revision ${number}, and there is no such row`
    );
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    return error.message;
  }
}

const byHost = <Row extends { readonly host: HostId }>(): ((
  rows: readonly Row[],
) => ReadonlyMap<HostId, Row>) =>
  perObject((rows: readonly Row[]) => new Map(rows.map((row) => [row.host, row])));
const manifestsByHost = byHost<HostManifest>();
const reportsByHost = byHost<HostReport>();
const leasesByHost = byHost<HostLease>();

export function snapshotLoader(deps: SnapshotDeps): LoadSnapshot {
  const kept = new Map<string, Revision>();
  const readSettings = settingsReader(deps.cluster);
  const revision = async (
    { name: stack, revision: number }: StackHead,
    left: UnreadableRow[],
  ): Promise<Revision[]> => {
    const key = `${stack}@${number}`;
    const known = kept.get(key);
    if (known) return [known];
    const stored = await readRevision(deps.stacks, stack, number);
    if (typeof stored === 'string') {
      left.push({ kind: 'revision', subject: stack, why: stored });
      return [];
    }
    const found = toRevision(stored);
    kept.set(key, found);
    return [found];
  };
  return async () => {
    const left: UnreadableRow[] = [];
    // Manifests before reports: a report may then only be newer than the manifest that it answers.
    const [cluster, stacks, services, directory, hosts, manifests, sweep] = await Promise.all([
      readSettings(left),
      deps.stacks.list(left),
      deps.stacks.listServices(left),
      deps.directory.load(left),
      deps.hosts.listHosts(left),
      deps.hosts.listManifests(left),
      // As if nobody had looked before: every lease starts afresh, so nobody is silent.
      unlessUnreadable(() => deps.sweep.load(), { kind: 'sweep', left }),
    ]);
    const [reports, leases, revisions, scales, agents, offerings] = await Promise.all([
      deps.hosts.listReports(left),
      deps.hosts.listLeases(left),
      Promise.all(stacks.map((head) => revision(head, left))),
      // They go before their stack does.
      stacks.length > 0 ? deps.scales.list(left) : [],
      // Without hosts there is nobody to ask: an idle cluster reads no row for it.
      hosts.length > 0 && deps.release !== undefined
        ? unlessUnreadable(() => deps.agents.load(), { kind: 'agents', left })
        : NOTHING_LEARNED,
      hosts.length + stacks.length > 0
        ? unlessUnreadable(() => deps.offerings.load(), { kind: 'offerings', left })
        : NOTHING_SHORT,
    ]);
    const manifestOf = manifestsByHost(manifests);
    const [reportOf, leaseOf] = [reportsByHost(reports), leasesByHost(leases)];
    const out = leftOut(left, manifests, directory);
    const readable = hosts.filter(({ id }) => !out.hosts.has(id));
    const views: HostView[] = readable.map((host) => ({
      host,
      manifest: manifestOf.get(host.id) ?? emptyManifest(host.id),
      report: reportOf.get(host.id) ?? null,
      lease: leaseOf.get(host.id) ?? null,
    }));
    return {
      settings: besideDirectory(cluster.settings, directory.head, left),
      settingsChange: cluster.change,
      stacks,
      revisions: revisions.flat(),
      services,
      scales,
      hosts: views,
      directory,
      sweep: sweep ?? NEVER_SWEPT,
      // Who does not know which versions were refused asks no host for any.
      release: (agents && deps.release) ?? null,
      agents: agents ?? NOTHING_LEARNED,
      leftOut: out,
      offerings: offerings ?? NOTHING_SHORT,
    };
  };
}
