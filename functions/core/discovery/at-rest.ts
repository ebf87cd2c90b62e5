/**
 * Names of which a look found that nothing is to be done. As long as the same is wanted of the same tasks only time can
 * change that, by what is to be forgotten; most looks find most names so.
 */
import type { DirectoryName } from '../model/directory.ts';
import type { TaskView } from '../rollout/task-view.ts';
import type { WantedName } from './wanted-records.ts';

export interface Look {
  readonly wanted: WantedName | undefined;
  readonly tasks: readonly TaskView[];
  /** See `DirectoryHead`. */
  readonly unsure: boolean;
  readonly zone: string;
}

const known = new WeakMap<DirectoryName, { readonly look: Look; readonly untilMs: number }>();

export function isAtRest(name: DirectoryName, look: Look, nowMs: number): boolean {
  const rest = known.get(name);
  return (
    rest !== undefined &&
    nowMs <= rest.untilMs &&
    rest.look.wanted === look.wanted &&
    rest.look.tasks === look.tasks &&
    rest.look.unsure === look.unsure &&
    rest.look.zone === look.zone
  );
}

/** `keptMs`: how long what left is remembered. */
export function noteRest(name: DirectoryName, look: Look, keptMs: number): void {
  const forgotten = Object.values(name.tasks).map(({ outAtMs }) => (outAtMs ?? Infinity) + keptMs);
  known.set(name, { look, untilMs: Math.min(Infinity, ...forgotten) });
}
