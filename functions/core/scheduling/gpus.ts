/** Graphics processors of a host: whole ones, or shares of one. Docker hands them out by id and divides none. */
import type { GpuNeeds } from '../model/placement.ts';
import type { Candidate } from './needs.ts';

/** Percent that is free, by id. */
export type FreeGpus = Map<string, number>;

export function freeGpus({ schedulable, assignments, ended }: Candidate): FreeGpus {
  const free: FreeGpus = new Map((schedulable.gpus ?? []).map((id) => [id, 100]));
  for (const { task, gpus = [], gpuSharePercent = 100 } of assignments)
    if (!ended.has(task)) for (const id of gpus) free.set(id, (free.get(id) ?? 0) - gpuSharePercent);
  return free;
}

/** The fullest that will do, equal ones by id. Null: there are not so many. */
export function chooseGpus({ count, sharePercent }: GpuNeeds, free: FreeGpus): string[] | null {
  const fit = [...free]
    .filter(([, percent]) => percent >= sharePercent)
    .sort(([a, less], [b, more]) => less - more || (a < b ? -1 : 1));
  return fit.length < count ? null : fit.slice(0, count).map(([id]) => id);
}

export function takeGpus(ids: readonly string[], { sharePercent }: GpuNeeds, free: FreeGpus): void {
  for (const id of ids) free.set(id, (free.get(id) ?? 0) - sharePercent);
}

export const showGpus = ({ count, sharePercent }: GpuNeeds): string =>
  sharePercent < 100 ? `${sharePercent} % of a GPU` : count === 1 ? 'a GPU' : `${count} GPUs`;
