/**
 * How many replicas a service should have: a pure function of its rules, what its replicas use, what was asked for
 * before, and now. Asked at each look, each 15 s.
 *
 * In this order: bounds hold at once. More, if every look of `windowOutMs` asked for more than there are: the least of
 * what was asked for. Fewer, down to the most that was asked for within `stabilizationInMs`. Pauses and steps bound both.
 * Nothing throws; whatever is not known holds the number as it is.
 */
import type { AutoscaleMemory, AutoscaleSpec, ReplicaLoad } from '../model/autoscale.ts';
import { boundsAt, type Bounds } from './bounds.ts';
import { leastWithin, mostWithin, remember, watchedMs } from './looks.ts';
import { propose } from './propose.ts';
import { count, seconds } from './words.ts';

export interface Autoscaled {
  /** Wanted now, without this look. */
  readonly replicas: number;
  readonly memory: AutoscaleMemory;
  /** Set by hand; null: the document's, or its schedule's. */
  readonly bounds: { readonly min: number; readonly max: number } | null;
}

export interface AutoscaleDecision {
  readonly replicas: number;
  readonly direction: 'out' | 'in' | 'hold';
  readonly reason: string;
  readonly memory: AutoscaleMemory;
  /** What this look alone asks for, before windows, pauses, steps and bounds. */
  readonly proposed: number;
  /** When a pause or a window that holds it ends; absent: nothing but load will change it. */
  readonly wakeAtMs?: number;
}

interface Look {
  readonly spec: AutoscaleSpec;
  readonly current: number;
  readonly bounds: Bounds;
  readonly proposed: number;
  readonly words: string;
  readonly memory: AutoscaleMemory;
  readonly nowMs: number;
}

export function decideAutoscale(
  spec: AutoscaleSpec,
  replicas: readonly ReplicaLoad[],
  { replicas: current, memory, bounds: manual }: Autoscaled,
  nowMs: number,
): AutoscaleDecision {
  const bounds = boundsAt(spec, manual, nowMs);
  const { replicas: proposed, words } = propose(spec, replicas, current);
  const look: Look = {
    spec,
    current,
    bounds,
    proposed,
    words,
    memory: remember(memory, proposed, spec, nowMs),
    nowMs,
  };
  if (current < bounds.min) return change(look, bounds.min, `min is ${bounds.min} ${bounds.by}`);
  if (current > bounds.max) return change(look, bounds.max, `max is ${bounds.max} ${bounds.by}`);
  if (proposed > current) return out(look);
  if (proposed < current) return inward(look);
  return hold(look, `${words}: ${count(current)} stay`);
}

function out(look: Look): AutoscaleDecision {
  const { spec, current, bounds, proposed, words, memory, nowMs } = look;
  const asked = `${words}: ${count(proposed)} asked for`;
  if (current === bounds.max) return hold(look, `${asked}, but max is ${bounds.max} ${bounds.by}`);
  const least = leastWithin(memory, spec.windowOutMs, nowMs);
  if (least === null || least <= current)
    return hold(look, `${asked}, but not yet for ${seconds(spec.windowOutMs)}`);
  const pause = pauseEnd(memory.lastOutAtMs, spec.cooldownOutMs, nowMs);
  if (pause !== null)
    return hold(look, `${asked}, but ${seconds(pause - nowMs)} are left of the pause after adding`, pause);
  const to = Math.min(least, bounds.max, current + spec.stepOutMax);
  const sustained = spec.windowOutMs > 0 ? ` for ${seconds(spec.windowOutMs)}` : '';
  return change(look, to, `${words}: ${count(least)}${sustained}${cut(to, least, bounds.max, 'max')}`);
}

function inward(look: Look): AutoscaleDecision {
  const { spec, current, bounds, proposed, words, memory, nowMs } = look;
  const enough = `${words}: ${count(proposed)} would do`;
  if (current === bounds.min) return hold(look, `${enough}, but min is ${bounds.min} ${bounds.by}`);
  const most = mostWithin(memory, spec.stabilizationInMs, nowMs);
  const span = seconds(spec.stabilizationInMs);
  if (most === null) {
    const watched = watchedMs(memory, nowMs);
    const until = nowMs + spec.stabilizationInMs - watched;
    return hold(look, `${enough}, but this is watched for ${seconds(watched)} of ${span} only`, until);
  }
  if (most >= current) return hold(look, `${enough}, but ${count(most)} were asked for within ${span}`);
  const pause = pauseEnd(memory.lastInAtMs, spec.cooldownInMs, nowMs);
  if (pause !== null)
    return hold(look, `${enough}, but ${seconds(pause - nowMs)} are left of the pause after removing`, pause);
  const to = Math.max(most, bounds.min, current - spec.stepInMax);
  const asked = spec.stabilizationInMs > 0 ? `no more than ${count(most)} asked for in ${span}` : count(most);
  return change(look, to, `${words}: ${asked}${cut(to, most, bounds.min, 'min')}`);
}

/** When the pause ends; null: it is over. Even without one nothing changes twice at the same time. */
function pauseEnd(lastAtMs: number | null, cooldownMs: number, nowMs: number): number | null {
  if (lastAtMs === null) return null;
  const endMs = lastAtMs + Math.max(cooldownMs, 1);
  return endMs > nowMs ? endMs : null;
}

const cut = (to: number, wanted: number, bound: number, name: 'min' | 'max'): string => {
  if (to === wanted) return '';
  return to === bound ? ` (${name} is ${bound})` : ' (one step)';
};

function change(look: Look, to: number, why: string): AutoscaleDecision {
  const direction = to > look.current ? 'out' : 'in';
  const last = direction === 'out' ? 'lastOutAtMs' : 'lastInAtMs';
  return {
    replicas: to,
    direction,
    reason: `${why}, so ${look.current} -> ${to}`,
    memory: { ...look.memory, [last]: look.nowMs },
    proposed: look.proposed,
  };
}

function hold(look: Look, reason: string, wakeAtMs?: number): AutoscaleDecision {
  const held = {
    replicas: look.current,
    direction: 'hold',
    reason,
    memory: look.memory,
    proposed: look.proposed,
  } as const;
  return wakeAtMs === undefined ? held : { ...held, wakeAtMs };
}
