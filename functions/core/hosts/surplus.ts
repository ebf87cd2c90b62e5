/**
 * Which hosts of a pool the others could do without: one whose tasks all fit elsewhere, while the pool keeps what it has to.
 * Looked at newest first, each as if those before it had gone. Time has no part in it.
 */
import type { Host } from '../model/host.ts';
import { poolNamed } from '../model/pool.ts';
import type { HostView, Snapshot } from '../model/snapshot.ts';
import { hasEnded } from '../model/task.ts';
import { assignmentOf } from '../scheduling/assignment.ts';
import { candidateOf, needsOf, type Candidate, type TaskNeeds } from '../scheduling/needs.ts';
import { isSameList } from '../same-list.ts';
import { planPlacements } from '../scheduling/plan.ts';
import { whyItStays } from './floor.ts';
import { hostSchedules } from './host-schedules.ts';

type State = Pick<Snapshot, 'hosts' | 'settings' | 'revisions'>;

/** So many hosts of a pool are looked at: with thousands, the newest few decide. */
export const LOOKS_MAX = 10;

export const newestFirst = (a: Host, b: Host): number =>
  b.requestedAtMs - a.requestedAtMs || (a.id < b.id ? 1 : -1);

export interface Surplus {
  /** By host: why it can go. */
  readonly surplus: ReadonlyMap<string, string>;
  readonly passedOver: ReadonlyMap<string, string>;
}

/** @param own the hosts of one pool that are not gone */
export function surplusOf(own: readonly HostView[], snapshot: State, nowMs: number): Surplus {
  const pool = own[0]?.host.pool ?? '';
  const rows = rowsOf(snapshot);
  const looks = known.get(snapshot.settings) ?? new Map<string, Look>();
  known.set(snapshot.settings, looks);
  const before = looks.get(pool);
  if (before !== undefined && isSameList(before.rows, rows)) return before.surplus;
  const surplus = lookedAt(own, snapshot, nowMs);
  looks.set(pool, { rows, surplus });
  return surplus;
}

interface Look {
  readonly rows: readonly unknown[];
  readonly surplus: Surplus;
}

/**
 * By pool: what the last look found, for stores that hand out the same row as long as it is the same. The table's make new
 * ones at each load: there a look is shared by what one pass asks, and by nothing else.
 */
const known = new WeakMap<object, Map<string, Look>>();

/** All that a look depends on, but for the settings. */
const rowsOf = ({ hosts, revisions }: State): unknown[] => [
  ...hosts.flatMap(({ host, manifest, report, lease }) => [
    host,
    manifest,
    report,
    (lease?.usage ?? []).flatMap(({ task, isProtected }) => (isProtected ? [task] : [])).join(),
  ]),
  ...revisions,
];

function lookedAt(own: readonly HostView[], snapshot: State, nowMs: number): Surplus {
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
