/** Every replica: its tasks, and the slots that have none yet with the reason. */
import type { Replica } from '../../contract/http-api.ts';
import { replicaName } from '../core/model/ids.ts';
import type { TaskEntry } from '../core/model/directory.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { taskEntries } from '../core/rollout/out-of-dns.ts';
import { viewTasks, type TaskView } from '../core/rollout/task-view.ts';
import { wayOut } from '../core/rollout/way-out.ts';
import type { LoadSnapshot } from './load-snapshot.ts';
import { showUsage, usagesOf } from './show-usage.ts';
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
    const nowMs = clock.nowMs();
    const rows = [
      ...tasks.map((task) => ({
        ...taskRow(task, entries.get(task.assignment.task), nowMs),
        usage: showUsage(usages.get(task.assignment.task), task.assignment),
      })),
      ...waitingRows(snapshot, tasks),
    ];
    return rows
      .filter((row) => stack === undefined || row.stack === stack)
      .sort((a, b) => order(a).localeCompare(order(b)));
  };
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

function waitingRows(snapshot: Snapshot, tasks: readonly TaskView[]): Replica[] {
  return snapshot.stacks
    .filter((head) => head.wanted === 'present')
    .flatMap((head) => {
      const revision = snapshot.revisions.find(
        (one) => one.stack === head.name && one.number === head.revision,
      );
      return Object.entries(revision?.services ?? {}).flatMap(([service, { spec }]) =>
        Array.from({ length: spec.replicas }, (_, index) => index + 1)
          .filter((slot) => !tasks.some(({ assignment }) => isRun(assignment, head.name, service, slot)))
          .map((slot) => waitingRow(snapshot, { stack: head.name, service, slot, revision: head.revision })),
      );
    });
}

const isRun = (assignment: TaskView['assignment'], stack: string, service: string, slot: number): boolean =>
  assignment.stack === stack &&
  assignment.service === service &&
  assignment.slot === slot &&
  assignment.wanted === 'run';

function waitingRow(
  snapshot: Snapshot,
  at: { stack: string; service: string; slot: number; revision: number },
): Replica {
  const state = snapshot.services.find((one) => one.stack === at.stack && one.service === at.service);
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
