/**
 * Which hosts the cluster could do without, and which of them is drained now.
 *
 * A host is surplus when everything that runs there fits on the others - on those that came before it, if the newer ones go
 * too - and its pool keeps its least number of hosts and its headroom. It is noted on its row since when; after
 * `surplusAfterMs` without a break the newest is drained, one of a pool at a time. The newest is looked at first, and one
 * that cannot go is passed over with a reason, however empty.
 *
 * Nothing is decided while the cluster grows or is in trouble: tasks wait, a service is being rolled out, hosts come, go or
 * are silent. What was noted stays noted, unless the host is needed.
 */
import type { Decision } from '../model/decision.ts';
import { isComing, isGone, type Host } from '../model/host.ts';
import type { HostView, Snapshot } from '../model/snapshot.ts';
import { hasEnded } from '../model/task.ts';
import { assignmentOf } from '../scheduling/assignment.ts';
import { candidateOf, needsOf, type Candidate, type TaskNeeds } from '../scheduling/needs.ts';
import { planPlacements } from '../scheduling/plan.ts';
import { whyItStays } from './floor.ts';
import { hostSchedules } from './host-schedules.ts';

export interface ScaleIn {
  /** Rows to store: marks that came or went, and hosts that are drained from now on. */
  readonly changes: readonly Host[];
  readonly decisions: readonly Decision[];
  /** Why hosts that are newer than the surplus ones stay, by host. */
  readonly passedOver: ReadonlyMap<string, string>;
  /** When time alone makes the next one due; null: only news will. */
  readonly wakeAtMs: number | null;
}

type State = Pick<Snapshot, 'hosts' | 'settings' | 'services' | 'revisions' | 'stacks'>;

/** So many hosts of a pool are looked at: with thousands, the newest few decide. */
export const LOOKS_MAX = 10;
const NOTHING: ScaleIn = { changes: [], decisions: [], passedOver: new Map(), wakeAtMs: null };

/** @param waiting tasks wait for a host */
export function decideScaleIn(
  snapshot: State,
  { waiting, nowMs }: { waiting: boolean; nowMs: number },
): ScaleIn {
  if (waiting) return { ...NOTHING, changes: needed(snapshot.hosts) };
  if (isUnsettled(snapshot)) return NOTHING;
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

/** Demand ends every surplus: the time begins anew when it is over. */
const needed = (hosts: readonly HostView[]): Host[] =>
  hosts.flatMap(({ host }) => (host.surplusSinceMs === null ? [] : [{ ...host, surplusSinceMs: null }]));

/** A service that is rolled out needs room for a while, and one that fails may need another place. */
const isUnsettled = ({ services, hosts }: State): boolean =>
  services.some(({ state }) => state === 'progressing' || state === 'removing') ||
  hosts.some(({ host }) => host.silence !== null || host.state === 'suspect' || host.state === 'lost');

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
  const dueAtMs = Math.max((newest.surplusSinceMs ?? nowMs) + surplusAfterMs, calmAtMs);
  if (nowMs < dueAtMs) return { changes: marked, decisions: [], passedOver, wakeAtMs: dueAtMs };
  const reason = `not needed for ${Math.round((nowMs - (newest.surplusSinceMs ?? nowMs)) / 1000)} s: ${surplus.get(newest.id) ?? ''}`;
  const drained: Host = {
    ...newest,
    state: 'draining',
    reason,
    drain: { reason, sinceMs: nowMs, byMs: null },
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
  const newer = own.map(({ host }) => host).filter((host) => newestFirst(host, chosen) < 0);
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
        candidateOf(view.host, view.manifest.assignments, view.report),
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
    surplus.set(
      view.host.id,
      moved.count === 0 ? 'nothing runs there' : `its ${moved.count} tasks fit on the other hosts`,
    );
  }
  return { surplus, passedOver };
}

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
      : [needsOf({ stack, service: name, slot, revision: number }, service, snapshot.settings)];
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
