/**
 * What is to be stored and told of a look.
 *
 * Most looks change nothing, and are not stored: a row each 15 s would cost more than all else. Stored is what asks for a
 * change, since windows must outlive the process that watches them, and the first look that asks for none any more. What
 * a lost process forgets was steady, so at worst a window begins anew.
 */
import { NOTHING_PROPOSED, type ScalePoint, type ServiceScale } from '../model/autoscale.ts';
import type { Decision } from '../model/decision.ts';
import { serviceKey } from '../model/ids.ts';
import type { Bounds } from './bounds.ts';
import type { Look } from './look.ts';

/** Why a look changes nothing. */
export type HoldKind = 'steady' | 'unknown' | 'at-min' | 'at-max' | 'window' | 'pause' | 'watching';

export interface AfterLook {
  /** As it is after the look, with the version that was read. */
  readonly scale: ServiceScale;
  readonly isStored: boolean;
  readonly isChanged: boolean;
  readonly decisions: readonly Decision[];
}

/** Needs no word: nothing is asked for that could not be had. */
const QUIET: readonly (HoldKind | null)[] = ['steady', 'at-min'];

export function afterLook(look: Look): AfterLook {
  const { decision, target, bounds } = look;
  const before = target.scale;
  const kind = holdKind(look);
  const isTold = decision.direction === 'hold' && !QUIET.includes(kind) && kind !== (before?.held ?? null);
  const isChanged = before?.replicas !== decision.replicas;
  const scale: ServiceScale = {
    stack: target.stack,
    service: target.service,
    replicas: decision.replicas,
    reason: decision.reason,
    memory: decision.memory,
    held: decision.direction === 'hold' ? (isTold ? kind : (before?.held ?? null)) : null,
    manual: before?.manual ?? null,
    version: before?.version ?? 0,
  };
  const isOpen = !isSettled(decision.proposed, decision.replicas, bounds);
  const wasOpen = before !== null && !isSettled(lastAsked(before), before.replicas ?? 0, bounds);
  return {
    scale,
    isStored: isChanged || isTold || isOpen || wasOpen,
    isChanged,
    decisions: tell(look, isTold),
  };
}

/** Nothing is asked for but what there is, as far as bounds allow. */
const isSettled = (proposed: number, replicas: number, { min, max }: Bounds): boolean =>
  Math.min(max, Math.max(min, proposed)) === replicas;

const lastAsked = ({ memory, replicas }: ServiceScale): number =>
  memory.proposals.at(-1)?.replicas ?? replicas ?? 0;

/** So long may it take until the first beats tell of a new service. */
const FIRST_WORD_MS = 60_000;

export function holdKind({ decision, current, bounds, loads, means }: Look): HoldKind | null {
  if (decision.direction !== 'hold') return null;
  if (decision.proposed > current)
    return current >= bounds.max ? 'at-max' : decision.wakeAtMs === undefined ? 'window' : 'pause';
  if (decision.proposed < current) return current <= bounds.min ? 'at-min' : 'watching';
  const { proposals } = decision.memory;
  const isNew = (proposals.at(-1)?.atMs ?? 0) - (proposals[0]?.atMs ?? 0) < FIRST_WORD_MS;
  const isUnknown = loads.some(({ isReady }) => isReady) && means.every((mean) => mean === null);
  return isUnknown && !isNew ? 'unknown' : 'steady';
}

function tell({ decision, target }: Look, isTold: boolean): Decision[] {
  const { direction, reason: message } = decision;
  if (direction === 'hold' && !isTold) return [];
  const code = direction === 'hold' ? 'scale-held' : direction === 'out' ? 'scaled-out' : 'scaled-in';
  return [{ code, subject: serviceKey(target.stack, target.service), stack: target.stack, message }];
}

/** What the time line says of it. `hosts`: those of the cluster that are there. */
export function pointOf(look: Look, hosts: number, nowMs: number): ScalePoint {
  const { target, decision, tasks, loads, targets, means } = look;
  return {
    stack: target.stack,
    service: target.service,
    atMs: nowMs,
    wanted: decision.replicas,
    running: tasks.filter(({ phase }) => phase === 'running').length,
    healthy: loads.filter(({ isReady }) => isReady).length,
    hosts,
    loads: targets.map((one, index) => ({
      target: one.kind === 'metric' ? one.name : one.kind,
      load: means[index] ?? null,
      aim: one.kind === 'metric' ? one.value : one.percent,
    })),
    direction: decision.direction,
    reason: decision.reason,
  };
}

/** A point is worth a row when so many points of a target's aim lie between it and the last one. */
export const LOAD_STEP_PERCENT = 5;
/** And each so often, so that a gap is a gap. */
export const POINT_EVERY_MS = 300_000;

/** A little less, as looks are not exactly 15 s apart. */
const SLACK_MS = 2_000;

export function isWorthARow(point: ScalePoint, last: ScalePoint | undefined): boolean {
  if (last === undefined || point.direction !== 'hold') return true;
  if (point.atMs - last.atMs >= POINT_EVERY_MS - SLACK_MS) return true;
  const counts = ({ wanted, running, healthy, hosts }: ScalePoint): string =>
    [wanted, running, healthy, hosts].join();
  if (counts(point) !== counts(last) || point.loads.length !== last.loads.length) return true;
  return point.loads.some(({ target, load, aim }, index) => {
    const was = last.loads[index];
    if (was?.target !== target || (was.load === null) !== (load === null)) return true;
    // Percent are points themselves; of a metric its aim is the hundred.
    const step =
      target === 'cpu' || target === 'memory' ? LOAD_STEP_PERCENT : (aim * LOAD_STEP_PERCENT) / 100;
    return Math.abs((load ?? 0) - (was.load ?? 0)) >= step;
  });
}

/** The memory to decide with: what this process saw since, unless somebody else has written. */
export const memoryOf = (
  scale: ServiceScale | null,
  seen: ServiceScale | undefined,
): ServiceScale['memory'] =>
  (seen !== undefined && seen.version === (scale?.version ?? 0) ? seen : scale)?.memory ?? NOTHING_PROPOSED;
