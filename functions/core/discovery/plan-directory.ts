/**
 * One pass of the register loop, as a pure function: which owners' records change, which tasks are in and which leave.
 *
 * An empty or failed reading never means delete: the caller only gets here with a complete snapshot, and the names that
 * disappear in one pass are capped.
 */
import { isGone } from '../model/host.ts';
import type { Decision } from '../model/decision.ts';
import type { Directory, DirectoryName, RecordChange, RecordSet, TaskEntry } from '../model/directory.ts';
import { hostId, serviceKey } from '../model/ids.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { isLeftOut, type LeftOut } from '../model/unreadable.ts';
import { perObject } from '../per-object.ts';
import { isLive, tasksByService, viewTasks, type TaskView } from '../rollout/task-view.ts';
import { isAtRest, noteRest, noteRestingPlan, restingPlan } from './at-rest.ts';
import { diffRecords } from './diff.ts';
import { replicaRecord, serviceOwner, srvTarget } from './names.ts';
import { onNamedHosts } from './unnamed-hosts.ts';
import { HOW_TO_MAKE_ROOM, withinRoom } from './within-room.ts';
import { wantedHost, wantedService, type DiscoveryContext, type WantedName } from './wanted-records.ts';

export interface NamePlan {
  readonly before: DirectoryName | null;
  /** To be stored once `changes` are accepted; `version` is the one before. */
  readonly after: DirectoryName;
  readonly changes: readonly RecordChange[];
}

export interface DirectoryPlan {
  readonly names: readonly NamePlan[];
  readonly decisions: readonly Decision[];
  /** Owners whose removal waits for the next pass, as the cap was reached. */
  readonly postponed: number;
}

/** Owners that may lose their last record in one pass. */
export const VANISHING_MAX = 100;
/** From here on new replicas get no record of their own (Route 53's limit is 10,000 a zone). */
export const PER_REPLICA_RECORDS_MAX = 8000;
/** How long the way out of a task is remembered after it is over. */
export const LEFT_KEPT_MS = 600_000;

/** @param isFull the zone takes no more record sets, whatever its quota is */
export function planDirectory(
  snapshot: Snapshot,
  zone: string,
  nowMs: number,
  isFull = false,
): DirectoryPlan {
  const { names, head } = snapshot.directory;
  const rows = [
    ...[viewTasks(snapshot), snapshot.settings, snapshot.leftOut, head.unsure, zone, isFull],
    ...snapshot.hosts.map(({ host }) => host),
  ];
  const before = restingPlan(names, rows, nowMs);
  if (before !== undefined) return before;
  const plan = planAnew(snapshot, zone, nowMs, isFull);
  if (plan.names.length === 0 && plan.postponed === 0) noteRestingPlan(names, rows, plan, LEFT_KEPT_MS);
  return plan;
}

function planAnew(snapshot: Snapshot, zone: string, nowMs: number, isFull: boolean): DirectoryPlan {
  const { directory, settings } = snapshot;
  const records = directory.names.reduce((total, name) => total + name.records.length, 0);
  const context: DiscoveryContext = {
    zone,
    ttlSeconds: settings.dnsTtlSeconds,
  };
  const known = new Map(directory.names.map((name) => [name.owner, name]));
  const all = viewTasks(snapshot);
  const tasks = tasksByOwner(isFull ? onNamedHosts(all, known) : all);
  const full = wantedNames(snapshot, tasks, context);
  const roomMax = isFull ? 0 : PER_REPLICA_RECORDS_MAX - records;
  const { wanted, without } = allWithinRoom(full, known, roomMax);
  const plan = directory.head.plan + 1;
  const { unsure } = directory.head;
  const owners = [...new Set([...known.keys(), ...wanted.keys()])].sort();
  const decided = owners.filter((owner) => !isOwnerLeftOut(owner, snapshot.leftOut));
  const changed = decided.flatMap((owner) => {
    const before = known.get(owner) ?? null;
    const look = { wanted: wanted.get(owner), tasks: tasks.get(owner) ?? NO_TASKS, unsure, zone };
    if (before !== null && isAtRest(before, look, nowMs)) return [];
    const entries = nextEntries(before, look.wanted, look.tasks, plan, {
      nowMs,
      ttlSeconds: settings.dnsTtlSeconds,
      mayBeThere: (task) => unsure || isNamed(before?.records ?? [], task, owner, zone),
    });
    const records = look.wanted?.records ?? [];
    const after = { owner, records, tasks: entries, version: before?.version ?? 0 };
    const next = { before, after, changes: diffRecords(before?.records ?? [], records) };
    if (isChange(next)) return [next];
    if (before !== null) noteRest(before, look, LEFT_KEPT_MS);
    return [];
  });
  const vanishing = changed.filter(
    ({ before, after }) => after.records.length === 0 && (before?.records.length ?? 0) > 0,
  );
  const postponed = new Set(vanishing.slice(VANISHING_MAX));
  const names = changed.filter((name) => !postponed.has(name));
  return { names, decisions: decisionsOf(wanted, { zone, without, isFull }), postponed: postponed.size };
}

const NO_TASKS: readonly TaskView[] = [];

const tasksByOwner = perObject(
  (tasks: readonly TaskView[]): ReadonlyMap<string, readonly TaskView[]> =>
    new Map(
      [...tasksByService(tasks).values()].flatMap((own) =>
        own.slice(0, 1).map(({ assignment }) => [serviceOwner(assignment.stack, assignment.service), own]),
      ),
    ),
);

const isChange = ({ before, after, changes }: NamePlan): boolean =>
  changes.length > 0 ||
  !equalEntries(before?.tasks ?? {}, after.tasks) ||
  (before !== null && isEmpty(after));

/** A service that nothing is decided of, or a host that nobody can read, or what was applied for it: its records stay. */
function isOwnerLeftOut(owner: string, leftOut: LeftOut): boolean {
  const [first = '', stack] = owner.split('.');
  return stack === undefined
    ? leftOut.hosts.has(hostId(first)) ||
        leftOut.rows.some(({ kind, subject }) => kind === 'name' && subject === owner)
    : isLeftOut(leftOut, serviceKey(stack, first));
}

/** Nothing is left to know of the owner: its row goes. */
export const isEmpty = (name: DirectoryName): boolean =>
  name.records.length === 0 && Object.keys(name.tasks).length === 0;

function wantedNames(
  snapshot: Snapshot,
  services: ReadonlyMap<string, readonly TaskView[]>,
  context: DiscoveryContext,
): Map<string, WantedName> {
  const wanted = new Map<string, WantedName>();
  for (const { host } of snapshot.hosts) {
    if (host.registeredAtMs === null || isGone(host.state)) continue;
    const name = wantedHost(host, context);
    if (name) wanted.set(host.id, name);
  }
  for (const own of services.values()) {
    const name = wantedService(own, context);
    if (name) wanted.set(name.owner, name);
  }
  return wanted;
}

/** See `TaskEntry`: who is in, who leaves, who has left long enough to be forgotten. */
function nextEntries(
  before: DirectoryName | null,
  wanted: WantedName | undefined,
  tasks: readonly TaskView[],
  plan: number,
  at: {
    readonly nowMs: number;
    readonly ttlSeconds: number;
    /** The zone may name a task of which the rows know nothing: a batch was applied, and its record was lost. */
    readonly mayBeThere: (task: TaskView) => boolean;
  },
): Record<string, TaskEntry> {
  const next: Record<string, TaskEntry> = {};
  for (const [task, entry] of Object.entries(before?.tasks ?? {})) {
    if (wanted?.tasks.has(task)) continue;
    const known = tasks.find((one) => one.assignment.task === task);
    const old =
      entry.state === 'leaving' && entry.outAtMs !== undefined && entry.outAtMs + LEFT_KEPT_MS < at.nowMs;
    if (old && known === undefined) continue;
    const fresh: TaskEntry = { state: 'leaving', plan, ttlSeconds: entry.ttlSeconds, serving: false };
    const leaving = entry.state === 'leaving' ? entry : fresh;
    const isOver = known !== undefined && known.assignment.wanted !== 'run';
    // It left while it was to stay, and may have been published again since: then Route 53 is to confirm it anew.
    const isBack = entry.state === 'leaving' && isOver && at.mayBeThere(known);
    const evidence = isBack ? { ...fresh, ttlSeconds: at.ttlSeconds } : leaving;
    next[task] = isOver && leaving.final !== true ? { ...evidence, final: true } : leaving;
  }
  for (const task of tasks) {
    const id = task.assignment.task;
    const now = wanted?.tasks.get(id);
    const entry = before?.tasks[id];
    if (now) {
      const stays = entry?.state === 'in' && entry.serving === now.serving;
      next[id] = stays ? entry : { state: 'in', plan, ttlSeconds: at.ttlSeconds, serving: now.serving };
    } else if (entry === undefined && !isLive(task)) {
      // Never published, and from now on it never will be: out already. If that is not sure, Route 53 is to confirm it.
      const entry: TaskEntry = at.mayBeThere(task)
        ? { state: 'leaving', plan, ttlSeconds: at.ttlSeconds, serving: false }
        : { state: 'leaving', plan: 0, ttlSeconds: 0, outAtMs: at.nowMs, serving: false };
      next[id] = task.assignment.wanted === 'run' ? entry : { ...entry, final: true };
    }
  }
  return next;
}

/** Whether records of its service name this very task. */
function isNamed(records: readonly RecordSet[], task: TaskView, owner: string, zone: string): boolean {
  const { host, assignment } = task;
  const targets = assignment.ports.map((port) => srvTarget(zone, host.id, port.host));
  const own = replicaRecord(zone, owner, assignment.service, assignment.slot);
  return records.some(({ type, name, values }) =>
    type === 'SRV'
      ? targets.some((target) => values.includes(target))
      : name === own && values.includes(host.address ?? ''),
  );
}

/** In the order of the owners, as they are planned. */
function allWithinRoom(
  full: ReadonlyMap<string, WantedName>,
  known: ReadonlyMap<string, DirectoryName>,
  roomAtFirst: number,
): { readonly wanted: ReadonlyMap<string, WantedName>; readonly without: number } {
  const wanted = new Map<string, WantedName>();
  let [room, without] = [roomAtFirst, 0];
  for (const owner of [...full.keys()].sort()) {
    const name = full.get(owner);
    if (name === undefined) continue;
    const fitting = withinRoom(name, known.get(owner) ?? null, room);
    wanted.set(owner, fitting.wanted);
    room -= fitting.taken;
    without += fitting.without;
  }
  return { wanted, without };
}

function decisionsOf(
  wanted: ReadonlyMap<string, WantedName>,
  { zone, without, isFull }: { readonly zone: string; readonly without: number; readonly isFull: boolean },
): Decision[] {
  const open = [...wanted.values()].filter((name) => name.failOpen);
  const rows: Decision[] = open.map(({ owner }) => ({
    code: 'dns-fail-open',
    subject: owner,
    stack: owner.split('.')[1] ?? null,
    message: `no replica of ${owner} is healthy; those that still run stay in DNS until one is`,
  }));
  if (without > 0) {
    const why = isFull ? 'takes no more record sets' : `holds ${String(PER_REPLICA_RECORDS_MAX)} records`;
    const message = `the zone ${why}: ${String(without)} new replicas get no A record of their own; their services are found as before. ${HOW_TO_MAKE_ROOM}`;
    rows.push({ code: 'dns-limit', subject: zone, stack: null, message });
  }
  return rows;
}

function equalEntries(
  a: Readonly<Record<string, TaskEntry>>,
  b: Readonly<Record<string, TaskEntry>>,
): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Route 53 has confirmed every plan up to `plan`: what left by then is out once its TTL is over. */
export function confirmEntries(directory: Directory, plan: number, nowMs: number): DirectoryName[] {
  const due = (entry: TaskEntry): boolean =>
    entry.state === 'leaving' && entry.outAtMs === undefined && entry.plan <= plan;
  return directory.names
    .filter((name) => Object.values(name.tasks).some(due))
    .map((name) => ({
      ...name,
      tasks: Object.fromEntries(
        Object.entries(name.tasks).map(([task, entry]) => [
          task,
          due(entry) ? { ...entry, outAtMs: nowMs + entry.ttlSeconds * 1000 + CLOCK_MARGIN_MS } : entry,
        ]),
      ),
    }));
}

/** Two functions' clocks, and the second that a resolver may round up. */
export const CLOCK_MARGIN_MS = 1000;

/** Tasks on their way out whose removal Route 53 has not confirmed. */
export const isWaiting = ({ names }: Directory): boolean => areWaiting(names);

const areWaiting = perObject((names: readonly DirectoryName[]): boolean =>
  names.some(({ tasks }) =>
    Object.values(tasks).some((entry) => entry.state === 'leaving' && entry.outAtMs === undefined),
  ),
);
