/** What a host would have without some of its tasks: they are taken out of a fleet's numbers, and put back. */
import type { Assignment } from '../model/task.ts';
import { refusedRoom } from './filters.ts';
import { take, type Fleet } from './fleet.ts';
import { chooseGpus } from './gpus.ts';
import type { TaskNeeds } from './needs.ts';

/** From now on it counts as gone. Of one that has ended, only its ports were still held. */
export const vacate = (fleet: Fleet, host: number, one: Assignment): void => shift(fleet, host, one, 1);

/** Undoes `vacate`. */
export const putBack = (fleet: Fleet, host: number, one: Assignment): void => shift(fleet, host, one, -1);

function shift(fleet: Fleet, host: number, one: Assignment, by: 1 | -1): void {
  const { free } = fleet;
  free.ports[host] = (free.ports[host] ?? 0) + by * one.ports.length;
  if (fleet.hosts[host]?.ended.has(one.task) === true) return;
  free.cpuMillis[host] = (free.cpuMillis[host] ?? 0) + by * one.cpuMillis;
  free.memoryBytes[host] = (free.memoryBytes[host] ?? 0) + by * one.memoryBytes;
  free.pids[host] = (free.pids[host] ?? 0) + by * one.pids;
  free.diskBytes[host] = (free.diskBytes[host] ?? 0) + by * (one.diskBytes ?? 0);
  if (one.gpus === undefined) return;
  const gpus = fleet.gpus(host);
  for (const id of one.gpus) gpus.set(id, (gpus.get(id) ?? 0) + by * (one.gpuSharePercent ?? 100));
}

/** Decides as if those tasks were gone. */
export function without<Result>(
  fleet: Fleet,
  host: number,
  tasks: readonly Assignment[],
  decide: () => Result,
): Result {
  for (const one of tasks) vacate(fleet, host, one);
  const result = decide();
  for (const one of tasks) putBack(fleet, host, one);
  return result;
}

/** Whether there is room for it once they are gone. */
export const fitsWithout = (
  fleet: Fleet,
  host: number,
  needs: TaskNeeds,
  tasks: readonly Assignment[],
): boolean => without(fleet, host, tasks, () => refusedRoom(fleet, needs, host) === null);

/** Keeps the room that they leave, and the GPUs, for that task: what is free may fall below zero until then. */
export function keepRoom(fleet: Fleet, host: number, needs: TaskNeeds, leaving: readonly Assignment[]): void {
  const { gpus } = needs;
  const ids =
    gpus === undefined ? null : without(fleet, host, leaving, () => chooseGpus(gpus, fleet.gpus(host)));
  take(fleet, host, needs, ids ?? []);
}
