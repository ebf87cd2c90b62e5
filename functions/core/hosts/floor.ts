/** What a pool keeps whatever runs: its least number of hosts, its headroom, and hosts that are to replace others. */
import { isComing, isGone, type Host } from '../model/host.ts';
import { poolNamed } from '../model/pool.ts';
import type { HostView, Snapshot } from '../model/snapshot.ts';
import { candidateOf, type Candidate } from '../scheduling/needs.ts';
import { planPlacements } from '../scheduling/plan.ts';
import { hostSchedules } from './host-schedules.ts';
import { comingHost } from './imagined.ts';
import { headroomNeeds } from './pool-needs.ts';

export interface Without {
  readonly snapshot: Pick<Snapshot, 'hosts' | 'settings'>;
  /** Hosts that would be gone, the one that is asked about among them. */
  readonly without: ReadonlySet<string>;
  /** The others as they would be then, by id; absent: as they are. */
  readonly as?: ReadonlyMap<string, Candidate>;
  readonly nowMs: number;
}

/** Null: as far as the pool is concerned the host may go. */
export function whyItStays(host: Host, { snapshot, without, as, nowMs }: Without): string | null {
  const { hosts, settings } = snapshot;
  const replaced = hosts.find((view) => view.host.id === host.replaces)?.host;
  if (replaced !== undefined && !isGone(replaced.state)) return `it is to replace ${replaced.id}`;
  const pool = poolNamed(settings, host.pool);
  if (pool === undefined) return null;
  const rest = hosts.filter(
    (view) => view.host.pool === pool.name && !isGone(view.host.state) && !without.has(view.host.id),
  );
  const staying = rest.filter((view) => view.host.drain === null);
  if (staying.length < pool.hostsMin)
    return `the pool ${pool.name} keeps ${pool.hostsMin} ${pool.hostsMin === 1 ? 'host' : 'hosts'} (hostsMin)`;
  if (pool.headroom === null) return null;
  const candidates = staying.flatMap(
    (view) => as?.get(view.host.id) ?? candidateOfView(view, settings) ?? [],
  );
  const needs = headroomNeeds(pool.headroom, host.launch.architecture);
  const alike = candidates.filter(({ architecture }) => architecture === host.launch.architecture);
  const { unplaced } = planPlacements(needs, alike, nowMs, 'demand');
  return unplaced.length === 0
    ? null
    : `the pool ${pool.name} keeps room for ${pool.headroom.count} containers free (headroom)`;
}

function candidateOfView(view: HostView, settings: Snapshot['settings']): Candidate | null {
  const { host, manifest, report } = view;
  if (isComing(host.state)) return comingHost(host, settings);
  if (!hostSchedules(view)) return null;
  return candidateOf(host, manifest.assignments, report, poolNamed(settings, host.pool));
}
