/** Every replica: its tasks, and the slots that have none yet with the reason. */
import type { Replica } from '../../contract/http-api.ts';
import { hostTasks } from '../core/autoscaling/look.ts';
import { replicaName, serviceKey } from '../core/model/ids.ts';
import type { TaskEntry } from '../core/model/directory.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { ServiceState } from '../core/model/stack.ts';
import { chooseSlots } from '../core/rollout/choose-slots.ts';
import { protectionOf, selfProtected } from '../core/rollout/protection.ts';
import { serviceTargets } from '../core/rollout/targets.ts';
import { taskEntries } from '../core/rollout/out-of-dns.ts';
import { viewTasks, type TaskView } from '../core/rollout/task-view.ts';
import { wayOut } from '../core/rollout/way-out.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import { showUsage, usagesOf, type ShownTask } from './show-usage.ts';
import type { Clock } from './ports.ts';

export interface ListReplicasDeps {
  readonly load: LoadSnapshot;
  readonly clock: Clock;
}

export function listReplicas({
  load,
  clock,
}: ListReplicasDeps): (query: { readonly stack?: string }) => Promise<Replica[]> {
  return async ({ stack }) => {
    const snapshot = await load();
    const entries = taskEntries(snapshot.directory);
    const tasks = viewTasks(snapshot);
    const usages = usagesOf(snapshot);
    const shown = taskShower(snapshot, tasks);
    const nowMs = clock.nowMs();
    const rows = [
      ...tasks.map((task) => ({
        ...taskRow(task, entries.get(task.assignment.task), nowMs),
        usage: showUsage(usages.get(task.assignment.task), shown(task)),
      })),
      ...waitingRows(snapshot, tasks, nowMs),
    ];
    return rows
      .filter((row) => stack === undefined || row.stack === stack)
      .sort((a, b) => order(a).localeCompare(order(b)));
  };
}

/** What percents of a task's usage are measured by. */
function taskShower(snapshot: Snapshot, tasks: readonly TaskView[]): (task: TaskView) => ShownTask {
  const revisions = new Map(snapshot.revisions.map((one) => [`${one.stack}@${one.number}`, one.services]));
  const { tasksOn } = hostTasks(tasks);
  return ({ assignment, host }) => ({
    assignment,
    spec: revisions.get(`${assignment.stack}@${assignment.revision}`)?.[assignment.service]?.spec,
    host: { capacity: host.capacity, tasks: tasksOn(host.id) },
  });
}

const order = (row: Replica): string => {
  const slot = row.replica.slice(row.replica.lastIndexOf('-') + 1).padStart(6, '0');
  return `${row.stack}/${row.service}/${slot}/${row.task ?? ''}`;
};

function taskRow(task: TaskView, entry: TaskEntry | undefined, nowMs: number): Omit<Replica, 'usage'> {
  const { assignment, host } = task;
  const out = wayOut(task, entry, nowMs);
  const told = task.message === '' ? assignment.reason : task.message;
  return {
    stack: assignment.stack,
    service: assignment.service,
    replica: replicaName(assignment.service, assignment.slot),
    task: assignment.task,
    host: host.id,
    address: host.address,
    ports: assignment.ports.map(({ name, container, host: port, protocol }) => ({
      name,
      container,
      host: port,
      protocol,
    })),
    phase: task.phase,
    health: task.health,
    revision: assignment.revision,
    attempt: task.attempt,
    registered: entry?.state === 'in' && entry.serving,
    reason: out === null ? told : `${out}; ${assignment.reason}`,
  };
}

function waitingRows(snapshot: Snapshot, tasks: readonly TaskView[], nowMs: number): Replica[] {
  const self = selfProtected(snapshot.hosts);
  const byService = Map.groupBy(tasks, ({ assignment }) => serviceKey(assignment.stack, assignment.service));
  return [...serviceTargets(snapshot, nowMs)].flatMap(([key, target]) => {
    const { stack, service, revision, replicas, digest, spec } = target;
    const own = byService.get(key) ?? [];
    const state = snapshot.services.find((one) => one.stack === stack && one.service === service);
    const memory = state?.digest === digest ? state.slots : {};
    const { wanted } = chooseSlots({ replicas, tasks: own, memory, protection: protectionOf(spec, self) });
    const taken = own.filter(({ assignment }) => assignment.wanted === 'run');
    return wanted
      .filter((slot) => !taken.some(({ assignment }) => assignment.slot === slot))
      .map((slot) => waitingRow(state, { stack, service, slot, revision }));
  });
}

function waitingRow(
  state: ServiceState | undefined,
  at: { stack: string; service: string; slot: number; revision: number },
): Replica {
  return {
    stack: at.stack,
    service: at.service,
    replica: replicaName(at.service, at.slot),
    task: null,
    host: null,
    address: null,
    ports: [],
    phase: 'pending',
    health: 'starting',
    revision: at.revision,
    attempt: 0,
    registered: false,
    usage: null,
    reason: state?.slots[at.slot]?.reason ?? 'not placed yet',
  };
}
