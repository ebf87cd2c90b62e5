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
import { hasEnded } from '../model/task.ts';
import { assignmentOf } from '../scheduling/assignment.ts';
import { candidateOf, needsOf, type Candidate, type TaskNeeds } from '../scheduling/needs.ts';
import { planPlacements, type Unplaced } from '../scheduling/plan.ts';
import { whyItStays } from './floor.ts';
import { hostSchedules } from './host-schedules.ts';
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

/** So many hosts of a pool are looked at: with thousands, the newest few decide. */
export const LOOKS_MAX = 10;
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

export const newestFirst = (a: Host, b: Host): number =>
  b.requestedAtMs - a.requestedAtMs || (a.id < b.id ? 1 : -1);

/** Newer hosts that stay, each with its reason. */
function exceptions(own: readonly HostView[], chosen: Host, passedOver: ReadonlyMap<string, string>): string {
  const newer = own
    .map(({ host }) => host)
    .filter((host) => host.id !== chosen.id && newestFirst(host, chosen) < 0);
  return newer.map(({ id }) => `; ${id} is newer, but ${passedOver.get(id) ?? 'is not ready'}`).join('');
}

interface Surplus {
  /** By host: why it can go. */
  readonly surplus: ReadonlyMap<string, string>;
  readonly passedOver: ReadonlyMap<string, string>;
}

function surplusOf(own: readonly HostView[], snapshot: State, nowMs: number): Surplus {
  const surplus = new Map<string, string>();
  const passedOver = new Map<string, string>();
  const ready = own.filter((view) => hostSchedules(view));
  const newest = [...ready].sort((a, b) => newestFirst(a.host, b.host)).slice(0, LOOKS_MAX);
  let others = new Map(
    snapshot.hosts
      .filter((view) => hostSchedules(view))
      .map((view) => [
        view.host.id as string,
        candidateOf(
          view.host,
          view.manifest.assignments,
          view.report,
          poolNamed(snapshot.settings, view.host.pool),
        ),
      ]),
  );
  for (const view of newest) {
    const rest = new Map([...others].filter(([id]) => id !== view.host.id));
    const going = new Set([...surplus.keys(), view.host.id]);
    const moved = moveAway(view, others.get(view.host.id), { rest, snapshot, nowMs });
    const why = moved.why ?? whyItStays(view.host, { snapshot, without: going, as: moved.as, nowMs });
    if (why !== null) {
      passedOver.set(view.host.id, why);
      continue;
    }
    others = moved.as;
    surplus.set(view.host.id, whatRuns(moved.count));
  }
  return { surplus, passedOver };
}

const whatRuns = (count: number): string => {
  if (count === 0) return 'nothing runs there';
  return count === 1 ? 'its task fits on another host' : `its ${count} tasks fit on the other hosts`;
};

interface Rest {
  readonly rest: Map<string, Candidate>;
  readonly snapshot: State;
  readonly nowMs: number;
}

interface Moved {
  /** Why not; null: everything fits. */
  readonly why: string | null;
  readonly count: number;
  /** The other hosts with what came to them. */
  readonly as: Map<string, Candidate>;
}

/** What runs there, and what hosts that go before it would have sent there. */
function moveAway(view: HostView, candidate: Candidate | undefined, { rest, snapshot, nowMs }: Rest): Moved {
  const running = (candidate?.assignments ?? []).filter((one) => !candidate?.ended.has(one.task));
  const held = view.lease?.usage?.find(
    (usage) => usage.isProtected && running.some((one) => one.task === usage.task),
  );
  if (held !== undefined) return { why: `${held.task} asks not to be taken away`, count: 0, as: rest };
  const busy = view.manifest.assignments.find(
    (one) =>
      one.wanted !== 'run' &&
      !hasEnded(view.report?.tasks.find(({ task }) => task === one.task)?.phase ?? 'running'),
  );
  if (busy !== undefined) return { why: `${busy.task} is still being stopped there`, count: 0, as: rest };
  const needs = running.flatMap((one): TaskNeeds[] => {
    const revision = snapshot.revisions.find(
      ({ stack, number }) => stack === one.stack && number === one.revision,
    );
    const service = revision?.services[one.service];
    const { stack, service: name, slot, revision: number } = one;
    return service === undefined
      ? []
      : [
          needsOf(
            { stack, service: name, slot, revision: number },
            { ...service, siblings: revision?.services },
            snapshot.settings,
          ),
        ];
  });
  if (needs.length < running.length)
    return { why: 'a task of an older revision runs there', count: 0, as: rest };
  const plan = planPlacements(needs, [...rest.values()], nowMs, 'scale-in');
  const [left] = plan.unplaced;
  if (left !== undefined)
    return {
      why: `${left.needs.stack}/${left.needs.service}-${left.needs.slot} fits on no other host (${left.reason})`,
      count: running.length,
      as: rest,
    };
  const as = new Map(rest);
  for (const placement of plan.placed) {
    const host = as.get(placement.host);
    if (host === undefined) continue;
    const assignments = [...host.assignments, assignmentOf(placement, nowMs, 'scale-in')];
    as.set(host.id, { ...host, assignments });
  }
  return { why: null, count: running.length, as };
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
