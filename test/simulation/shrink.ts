/**
 * Makes a failing day small: leaves out ever smaller parts of its actions for as long as the same invariant still breaks
 * (delta debugging). What is left is the shortest story that was found.
 */
import { runDay, type RunOptions } from './run-day.ts';
import type { Action, Day } from './plan/plan.ts';

export interface Shrunk {
  readonly day: Day;
  /** Days that were run for it. */
  readonly tries: number;
}

export async function shrink(
  day: Day,
  invariant: string,
  options: RunOptions = {},
  triesMax = 200,
): Promise<Shrunk> {
  let tries = 0;
  const fails = async (actions: readonly Action[]): Promise<boolean> => {
    tries += 1;
    const { violation } = await runDay({ ...day, actions }, options);
    return violation?.invariant === invariant;
  };
  let actions = day.actions;
  for (let size = Math.ceil(actions.length / 2); size >= 1 && tries < triesMax;) {
    let isSmaller = false;
    for (let at = 0; at < actions.length && tries < triesMax;) {
      const rest = [...actions.slice(0, at), ...actions.slice(at + size)];
      if (await fails(rest)) {
        actions = rest;
        isSmaller = true;
      } else at += size;
    }
    if (!isSmaller || size > actions.length) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { day: { ...day, actions }, tries };
}
