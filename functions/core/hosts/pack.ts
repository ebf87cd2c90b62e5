/**
 * Which types a set of tasks needs: the set is packed on each type, each host of the packing is then made as small as its
 * tasks allow, and the packing that costs least an hour is taken. Sizes may be mixed.
 */
import type { TaskNeeds } from '../scheduling/needs.ts';
import { planPlacements } from '../scheduling/plan.ts';
import { imaginedHost } from './imagined.ts';
import type { TypeOption } from './offerings.ts';

/** One host that is to be launched, and what it is for. */
export interface Bin {
  readonly option: TypeOption;
  readonly tasks: readonly TaskNeeds[];
}

export interface Packing {
  readonly bins: readonly Bin[];
  /** What found no place: no type is large enough, or there is no room for another host. */
  readonly left: readonly TaskNeeds[];
}

/** How many more hosts there may be, and what they may cost together, in USD an hour. */
export interface Room {
  readonly hosts: number;
  readonly perHour: number;
}

export function packCheapest(
  tasks: readonly TaskNeeds[],
  options: readonly TypeOption[],
  room: Room,
  nowMs: number,
): Packing {
  const packings = options.map((base) => packOn(tasks, base, { options, room, nowMs }));
  const [best] = [...packings].sort(
    (a, b) =>
      a.left.length - b.left.length || costOf(a.bins) - costOf(b.bins) || a.bins.length - b.bins.length,
  );
  return best ?? { bins: [], left: tasks };
}

interface Packer {
  readonly options: readonly TypeOption[];
  readonly room: Room;
  readonly nowMs: number;
}

function packOn(tasks: readonly TaskNeeds[], base: TypeOption, { options, room, nowMs }: Packer): Packing {
  const bins: Bin[] = [];
  let left = tasks;
  let spent = 0;
  while (left.length > 0 && bins.length < room.hosts) {
    const taken = fillOne(left, base, nowMs);
    if (taken.size === 0) break;
    const own = left.filter((one) => taken.has(one));
    const option = smallest(own, options, nowMs) ?? base;
    spent += option.price.perHour;
    if (spent > room.perHour + EXACT) break;
    bins.push({ option, tasks: own });
    left = left.filter((one) => !taken.has(one));
  }
  return { bins, left };
}

/** Sums of prices are not exact. */
const EXACT = 1e-9;

export const costOf = (bins: readonly Bin[]): number =>
  bins.reduce((sum, { option }) => sum + option.price.perHour, 0);

/** The cheapest that takes them all. */
function smallest(
  tasks: readonly TaskNeeds[],
  options: readonly TypeOption[],
  nowMs: number,
): TypeOption | undefined {
  return options.find((option) => holds(option, tasks, nowMs));
}

export const holds = (option: TypeOption, tasks: readonly TaskNeeds[], nowMs: number): boolean =>
  fillOne(tasks, option, nowMs).size === tasks.length;

function fillOne(tasks: readonly TaskNeeds[], option: TypeOption, nowMs: number): ReadonlySet<TaskNeeds> {
  const host = imaginedHost('a new host', option);
  return new Set(planPlacements(tasks, [host], nowMs, 'demand').placed.map(({ needs }) => needs));
}
