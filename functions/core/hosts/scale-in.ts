/**
 * Which hosts the cluster could do without, and which of them is drained now.
 *
 * A host is surplus when everything that runs there fits on the others - on those that came before it, if the newer ones go
 * too - and its pool keeps its least number of hosts and its headroom. It is noted on its row since when; after
 * `surplusAfterMs` without a break the newest is drained, one of a pool at a time. The newest is looked at first, and one
 * that cannot go is passed over with a reason, however empty.
 *
 * Nothing is decided while the cluster grows or is in trouble. While tasks wait, a service is rolled out or hosts are silent
 * nothing is surplus, and the time begins anew afterwards; so it does after a gap in our own looking, since nobody knows what
 * was needed meanwhile. While hosts come or go, what was noted stays.
 */
import type { Decision } from '../model/decision.ts';
import { isComing, isGone, type Host } from '../model/host.ts';
import { poolNamed } from '../model/pool.ts';
import type { HostView, Snapshot } from '../model/snapshot.ts';
import { freshFrom } from '../model/sweep.ts';
import { candidateOf } from '../scheduling/needs.ts';
import { planPlacements, type Unplaced } from '../scheduling/plan.ts';
import { newestFirst, surplusOf } from './surplus.ts';
import { isUnsettled } from './unsettled.ts';

export interface ScaleIn {
  /** Rows to store: marks that came or went, and hosts that are drained from now on. */
  readonly changes: readonly Host[];
  readonly decisions: readonly Decision[];
  /** Why hosts that are newer than the surplus ones stay, by host. */
  readonly passedOver: ReadonlyMap<string, string>;
  /** When time alone makes the next one due; null: only news will. */
  readonly wakeAtMs: number | null;
}

type State = Pick<Snapshot, 'hosts' | 'settings' | 'services' | 'revisions' | 'sweep'>;

const NOTHING: ScaleIn = { changes: [], decisions: [], passedOver: new Map(), wakeAtMs: null };

/** @param waiting tasks wait for a host */
export function decideScaleIn(
  snapshot: State,
  { waiting, nowMs }: { waiting: boolean; nowMs: number },
): ScaleIn {
  if (waiting || isUnsettled(snapshot)) return { ...NOTHING, changes: needed(snapshot.hosts) };
  const pools = [...Map.groupBy(snapshot.hosts, ({ host }) => host.pool).keys()];
  const parts = pools.map((pool) => scalePool(pool, snapshot, nowMs));
  const times = parts.map((one) => one.wakeAtMs).filter((at) => at !== null);
  return {
    changes: parts.flatMap((one) => one.changes),
    decisions: parts.flatMap((one) => one.decisions),
    passedOver: new Map(parts.flatMap((one) => [...one.passedOver])),
    wakeAtMs: times.length === 0 ? null : Math.min(...times),
  };
}

/** Nothing is surplus now: the time begins anew when that is over. */
const needed = (hosts: readonly HostView[]): Host[] =>
  hosts.flatMap(({ host }) => (host.surplusSinceMs === null ? [] : [{ ...host, surplusSinceMs: null }]));

function scalePool(pool: string, snapshot: State, nowMs: number): ScaleIn {
  const own = snapshot.hosts.filter(({ host }) => host.pool === pool && !isGone(host.state));
  // One at a time, and none while others come.
  if (own.some(({ host }) => isComing(host.state) || host.drain !== null)) return NOTHING;
  const { surplus, passedOver } = surplusOf(own, snapshot, nowMs);
  const { surplusAfterMs } = snapshot.settings;
  const marked = own
    .filter(({ host }) => (host.surplusSinceMs !== null) !== surplus.has(host.id))
    .map(({ host }) => ({ ...host, surplusSinceMs: surplus.has(host.id) ? nowMs : null }));
  const calmAtMs = Math.max(0, ...own.map(({ host }) => host.registeredAtMs ?? 0)) + surplusAfterMs;
  const newest = own
    .map(({ host }) => host)
    .filter((host) => surplus.has(host.id))
    .sort(newestFirst)[0];
  if (newest === undefined) return { changes: marked, decisions: [], passedOver, wakeAtMs: null };
  const sinceMs = Math.max(newest.surplusSinceMs ?? nowMs, freshFrom(snapshot.sweep, nowMs));
  const dueAtMs = Math.max(sinceMs + surplusAfterMs, calmAtMs);
  if (nowMs < dueAtMs) return { changes: marked, decisions: [], passedOver, wakeAtMs: dueAtMs };
  const seconds = Math.round((nowMs - sinceMs) / 1000);
  const reason = `not needed for ${seconds} s: ${surplus.get(newest.id) ?? ''}`;
  const drained: Host = {
    ...newest,
    state: 'draining',
    reason,
    drain: { reason, sinceMs: nowMs, byMs: null, cause: 'surplus' },
  };
  return {
    changes: [...marked.filter(({ id }) => id !== drained.id), drained],
    decisions: [
      told(drained, `${reason}; it is drained, then terminated${exceptions(own, newest, passedOver)}`),
    ],
    passedOver,
    wakeAtMs: null,
  };
}

/** Newer hosts that stay, each with its reason. */
function exceptions(own: readonly HostView[], chosen: Host, passedOver: ReadonlyMap<string, string>): string {
  const newer = own
    .map(({ host }) => host)
    .filter((host) => host.id !== chosen.id && newestFirst(host, chosen) < 0);
  return newer.map(({ id }) => `; ${id} is newer, but ${passedOver.get(id) ?? 'is not ready'}`).join('');
}

const told = ({ id }: Host, message: string): Decision => ({
  code: 'host-surplus',
  subject: id,
  stack: null,
  message,
});

/** Hosts that are drained as surplus and could take a waiting task: they stay after all. */
export function takeBack(
  { hosts, settings }: Pick<Snapshot, 'hosts' | 'settings'>,
  unplaced: readonly Unplaced[],
  nowMs: number,
): readonly Host[] {
  const leaving = hosts.filter(
    ({ host }) => host.state === 'draining' && host.drain?.cause === 'surplus' && host.silence === null,
  );
  if (leaving.length === 0 || unplaced.length === 0) return [];
  const candidates = leaving.map((view) =>
    candidateOf(view.host, view.manifest.assignments, view.report, poolNamed(settings, view.host.pool)),
  );
  const needs = unplaced.map((one) => one.needs);
  const used = new Set(planPlacements(needs, candidates, nowMs, 'scale-in').placed.map(({ host }) => host));
  return leaving
    .map(({ host }) => host)
    .filter(({ id }) => used.has(id))
    .map((host) => ({
      ...host,
      state: 'ready',
      reason: 'tasks wait for a host: it stays after all',
      drain: null,
      surplusSinceMs: null,
    }));
}
