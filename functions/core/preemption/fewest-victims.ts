/**
 * The tasks of one host that have to leave so that another fits: of the lowest priority that suffices, and of these as few
 * as possible. The search is exact within its bound of steps; past it tasks are taken in order until it fits, and those
 * that were not needed stay.
 */
import type { Assignment } from '../model/task.ts';
import { refusedRoom } from '../scheduling/filters.ts';
import type { Fleet } from '../scheduling/fleet.ts';
import type { TaskNeeds } from '../scheduling/needs.ts';
import { putBack, vacate } from '../scheduling/vacate.ts';
import type { Victim } from './victims.ts';

/** So many tasks leave for one at most: a task that costs more is better off with a host of its own. */
export const VICTIMS_MAX = 8;

/** Steps of the search that are left, over all hosts of one question. */
export interface Steps {
  left: number;
}

export interface HostQuestion {
  readonly fleet: Fleet;
  readonly host: number;
  readonly needs: TaskNeeds;
  /** Those that may go, in the order in which they rather do. */
  readonly victims: readonly Victim[];
  readonly steps: Steps;
}

/** Empty: it fits as it is. Null: it fits whoever of them leaves. */
export function fewestVictims(question: HostQuestion): readonly Victim[] | null {
  if (fits(question)) return [];
  const priorities = [...new Set(question.victims.map(({ priority }) => priority))].sort((a, b) => a - b);
  for (const highest of priorities) {
    const victims = question.victims.filter(({ priority }) => priority <= highest);
    const all = { ...question, victims };
    for (const one of victims) go(all, one);
    const isEnough = fits(all);
    for (const one of victims) comeBack(all, one);
    const found = isEnough ? smallest(all) : null;
    if (found !== null) return found;
  }
  return null;
}

const fits = ({ fleet, host, needs }: HostQuestion): boolean => refusedRoom(fleet, needs, host) === null;
const go = ({ fleet, host }: HostQuestion, { assignment }: Victim): void => vacate(fleet, host, assignment);
const comeBack = ({ fleet, host }: HostQuestion, { assignment }: Victim): void =>
  putBack(fleet, host, assignment);

function smallest(question: HostQuestion): readonly Victim[] | null {
  const { victims } = question;
  const most = mostFrom(victims);
  for (let count = 1; count <= Math.min(VICTIMS_MAX, victims.length); count += 1) {
    const found = search(question, most, { from: 0, count });
    if (found === 'out of steps') return inOrder(question);
    if (found !== null) return found;
  }
  return null;
}

const sizesOf = ({ cpuMillis, memoryBytes, pids, diskBytes = 0, ports }: Assignment): number[] => [
  cpuMillis,
  memoryBytes,
  pids,
  diskBytes,
  ports.length,
];

/** By place: the most that one task from there on gives of each kind of room. */
function mostFrom(victims: readonly Victim[]): readonly (readonly number[])[] {
  const most: number[][] = [];
  victims.toReversed().forEach(({ assignment }, index) => {
    const before = most[index - 1];
    most.push(sizesOf(assignment).map((size, kind) => Math.max(size, before?.[kind] ?? 0)));
  });
  return most.reverse();
}

/** What is missing of each kind of room. */
function missing({ fleet: { free }, host, needs }: HostQuestion): number[] {
  const disk = needs.diskBytes ?? 0;
  return [
    needs.cpuMillis - (free.cpuMillis[host] ?? 0),
    needs.memoryBytes - (free.memoryBytes[host] ?? 0),
    needs.pids - (free.pids[host] ?? 0),
    disk === 0 ? 0 : disk - (free.diskBytes[host] ?? 0),
    needs.ports.length - (free.ports[host] ?? 0),
  ];
}

/** The first set of so many in the order of the victims; those before it have left in the fleet's numbers. */
function search(
  question: HostQuestion,
  most: readonly (readonly number[])[],
  { from, count }: { readonly from: number; readonly count: number },
): readonly Victim[] | 'out of steps' | null {
  const { victims, steps } = question;
  if (count === 0) return fits(question) ? [] : null;
  for (let place = from; place <= victims.length - count; place += 1) {
    if (steps.left <= 0) return 'out of steps';
    steps.left -= 1;
    const victim = victims[place];
    const upTo = most[place] ?? [];
    if (victim === undefined || missing(question).some((one, kind) => one > count * (upTo[kind] ?? 0)))
      return null;
    go(question, victim);
    const rest = search(question, most, { from: place + 1, count: count - 1 });
    comeBack(question, victim);
    if (rest === 'out of steps') return rest;
    if (rest !== null) return [victim, ...rest];
  }
  return null;
}

/** In order until it fits; then, from the one that would rather stay, back with each that is not needed. */
function inOrder(question: HostQuestion): readonly Victim[] | null {
  const gone: Victim[] = [];
  for (const victim of question.victims) {
    if (fits(question)) break;
    go(question, victim);
    gone.push(victim);
  }
  const needed = gone.toReversed().filter((victim) => {
    comeBack(question, victim);
    if (fits(question)) return false;
    go(question, victim);
    return true;
  });
  for (const victim of needed) comeBack(question, victim);
  return needed.length > VICTIMS_MAX ? null : needed.reverse();
}
