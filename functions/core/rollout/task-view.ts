/** A task as decisions see it: what was assigned, where, and what its host last said of it. */
import { isGone, type Host } from '../model/host.ts';
import { serviceKey } from '../model/ids.ts';
import { perObject } from '../per-object.ts';
import { sameList } from '../same-list.ts';
import { taskEntries } from './out-of-dns.ts';
import type { HostView, Snapshot } from '../model/snapshot.ts';
import {
  hasEnded,
  type Assignment,
  type HostManifest,
  type TaskHealth,
  type TaskPhase,
  type TaskReport,
} from '../model/task.ts';

export interface TaskView {
  readonly assignment: Assignment;
  readonly host: Host;
  readonly phase: TaskPhase;
  readonly health: TaskHealth;
  /** `serving`: an SRV names it; `named`: only its own A record does; null: nothing does, as far as was applied. */
  readonly inDns: 'serving' | 'named' | null;
  readonly attempt: number;
  /** Since when it has been healthy without a break; null: it is not, or longer than was noted. */
  readonly healthySinceMs: number | null;
  readonly exitCode: number | null;
  /** Kind of the agent's complaint (`taskReason.code` of the agent protocol); null without one. */
  readonly cause: string | null;
  /** The agent's words, or ours where it has said nothing yet. */
  readonly message: string;
}

/** Every task of every manifest, in manifest order; the same list as long as none of them changed. */
export function viewTasks(snapshot: Pick<Snapshot, 'hosts' | 'directory'>): readonly TaskView[] {
  const entries = taskEntries(snapshot.directory);
  return sameTasks(snapshot.hosts.flatMap((view) => tasksOn(view, entries)));
}

const sameTasks = sameList<TaskView>();
const sameTasksOfService = sameList<TaskView>();

/** What `viewTasks` gave, by `serviceKey`; the same list for a service as long as none of its tasks changed. */
export const tasksByService = perObject(
  (tasks: readonly TaskView[]): ReadonlyMap<string, readonly TaskView[]> => {
    const groups = Map.groupBy(tasks, ({ assignment }) => serviceKey(assignment.stack, assignment.service));
    return new Map([...groups].map(([key, own]) => [key, sameTasksOfService(own)]));
  },
);

type Entries = ReturnType<typeof taskEntries>;
interface Viewed extends Pick<HostView, 'host' | 'report'> {
  readonly entries: Entries;
  readonly tasks: readonly TaskView[];
}

/** What was made of a manifest, for those who ask again with the same rows: several do in each pass. */
const viewed = new WeakMap<HostManifest, Viewed>();

function tasksOn(view: HostView, entries: Entries): readonly TaskView[] {
  const { host, report, manifest } = view;
  const known = viewed.get(manifest);
  if (known?.host === host && known.report === report) {
    if (known.entries === entries) return known.tasks;
    if (known.tasks.every((task) => task.inDns === inDnsOf(task.assignment, entries))) {
      viewed.set(manifest, { ...known, entries });
      return known.tasks;
    }
  }
  const reported = new Map(report?.tasks.map((task) => [task.task, task]));
  const tasks = manifest.assignments.map((assignment) => {
    return asBefore(viewTask(view, assignment, reported.get(assignment.task), inDnsOf(assignment, entries)));
  });
  viewed.set(manifest, { host, report, entries, tasks });
  return tasks;
}

const views = new WeakMap<Assignment, TaskView>();

/** The view that was made of the assignment last, if it says the same: most reports are about other tasks. */
function asBefore(view: TaskView): TaskView {
  const before = views.get(view.assignment);
  if (before !== undefined && isSame(before, view)) return before;
  views.set(view.assignment, view);
  return view;
}

const isSame = (a: TaskView, b: TaskView): boolean =>
  a.host === b.host &&
  a.phase === b.phase &&
  a.health === b.health &&
  a.inDns === b.inDns &&
  a.attempt === b.attempt &&
  a.healthySinceMs === b.healthySinceMs &&
  a.exitCode === b.exitCode &&
  a.cause === b.cause &&
  a.message === b.message;

function inDnsOf({ task }: Assignment, entries: Entries): TaskView['inDns'] {
  const entry = entries.get(task);
  return entry?.state === 'in' ? (entry.serving ? 'serving' : 'named') : null;
}

function viewTask(
  view: HostView,
  assignment: Assignment,
  reported: TaskReport | undefined,
  inDns: TaskView['inDns'],
): TaskView {
  const { host } = view;
  // What a host said before its last boot says nothing of what runs on it now.
  const report = view.report?.bootId === host.bootId ? view.report : null;
  const base = { assignment, host, inDns, healthySinceMs: null };
  if (isGone(host.state) || host.state === 'lost') {
    return {
      ...base,
      phase: 'lost',
      health: 'starting',
      attempt: 0,
      exitCode: null,
      cause: null,
      message: `host ${host.id} is ${host.state}: ${host.reason}`,
    };
  }
  const seen = report === null ? undefined : reported;
  if (report === null || seen === undefined) {
    // The agent works towards this manifest and does not know the task: nothing of it is left.
    const forgotten =
      report !== null && assignment.wanted === 'stop' && report.generation >= view.manifest.generation;
    return {
      ...base,
      phase: forgotten ? 'stopped' : 'assigned',
      health: 'starting',
      attempt: 0,
      exitCode: null,
      cause: null,
      message: forgotten
        ? 'nothing of it is left on its host'
        : `waiting for the agent of ${host.id} to take it up`,
    };
  }
  const draining = assignment.wanted === 'drain' && seen.phase === 'running';
  return {
    ...base,
    phase: draining ? 'draining' : seen.phase,
    health: seen.health,
    attempt: seen.attempt,
    healthySinceMs: seen.healthySinceMs ?? null,
    exitCode: seen.exitCode ?? null,
    cause: seen.reason?.code ?? null,
    message:
      host.state === 'suspect' ? `${host.id} is suspect: ${host.reason}` : (seen.reason?.message ?? ''),
  };
}

/** Runs and answers: what a rollout waits for, and what discovery publishes. Of a suspect host nobody knows. */
export const isServing = (task: TaskView): boolean => isUp(task) && task.host.state !== 'suspect';

/** When a task that serves counts for a rollout: at the end of the deploy gate, which every break begins anew. */
export const countsAtMs = (task: TaskView, gateMs: number): number =>
  gateMs === 0 || task.healthySinceMs === null ? 0 : task.healthySinceMs + gateMs;

/** Serves, and has for as long as its service's deploy gate asks. */
export const counts = (task: TaskView, gateMs: number, nowMs: number): boolean =>
  isServing(task) && countsAtMs(task, gateMs) <= nowMs;

/** As its host said last. */
export const isUp = (task: TaskView): boolean => task.phase === 'running' && task.health === 'healthy';

/** What an agent complains of while the container runs, as far as it knows; every other cause says that it does not. */
const CAUSES_WHILE_UP: readonly (string | null)[] = [null, 'health-check-failing', 'docker-unavailable'];

/** It runs and fails its check, other than a task whose container has exited and waits for its next start. */
export const isSickButUp = (task: TaskView): boolean =>
  task.phase === 'running' &&
  task.health === 'unhealthy' &&
  task.exitCode === null &&
  CAUSES_WHILE_UP.includes(task.cause);

/** Ended as its restart policy allows: `no`, or `on-failure` with exit code 0. Such a task is done, not lost. */
export const isComplete = (task: TaskView): boolean =>
  task.phase === 'stopped' && task.assignment.wanted === 'run';

/** Still there, or about to be, and meant to stay. */
export const isLive = (task: TaskView): boolean => task.assignment.wanted === 'run' && !hasEnded(task.phase);
