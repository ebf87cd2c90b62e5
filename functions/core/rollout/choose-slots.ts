/**
 * Which replicas a service keeps: its slots, given how many are wanted.
 *
 * A slot that has something keeps its place: a task that shall run, wherever its host is, or the memory of a failure or of
 * a wait for a host. Missing ones take the lowest free numbers. Of too many go those that have nothing that runs, then
 * those that do not serve, then the newest, by the creation of a slot's oldest task: numbers say nothing of age. A
 * protected replica is passed over; if only such are left, fewer go.
 */
import type { SlotMemory } from '../model/stack.ts';
import { isComplete, isLive, isServing, type TaskView } from './task-view.ts';

export interface SlotInput {
  readonly replicas: number;
  readonly tasks: readonly TaskView[];
  /** Of the wanted digest. */
  readonly memory: Readonly<Record<string, SlotMemory>>;
  /** Why this task may not go; null: it may. */
  readonly protection: (task: TaskView) => string | null;
}

export interface Slots {
  /** Ascending; more than asked for if protected ones stay. */
  readonly wanted: readonly number[];
  /** In the order in which they go. */
  readonly surplus: readonly number[];
  /** Would have gone before one that goes or has to stay. */
  readonly passedOver: readonly { readonly slot: number; readonly reason: string }[];
}

interface Slot {
  readonly number: number;
  /** 0: nothing runs or is about to; 1: it does not serve; 2: it serves. */
  readonly worth: 0 | 1 | 2;
  /** Of its oldest task; Infinity: it has none. */
  readonly createdAtMs: number;
  readonly protection: string | null;
}

export function chooseSlots(input: SlotInput): Slots {
  const slots = takenSlots(input);
  const numbers = slots.map(({ number }) => number);
  const tooMany = slots.length - input.replicas;
  if (tooMany <= 0) {
    const wanted = [...numbers, ...freeNumbers(numbers, -tooMany)].sort(ascending);
    return { wanted, surplus: [], passedOver: [] };
  }
  const surplus: number[] = [];
  const passedOver: { slot: number; reason: string }[] = [];
  for (const { number, protection } of slots.toSorted(firstToGo)) {
    if (surplus.length === tooMany) break;
    if (protection === null) surplus.push(number);
    else passedOver.push({ slot: number, reason: protection });
  }
  return { wanted: numbers.filter((one) => !surplus.includes(one)).sort(ascending), surplus, passedOver };
}

function takenSlots({ tasks, memory, protection }: SlotInput): Slot[] {
  const run = tasks.filter(({ assignment }) => assignment.wanted === 'run');
  const bySlot = Map.groupBy(run, ({ assignment }) => assignment.slot);
  const numbers = new Set([...bySlot.keys(), ...Object.keys(memory).map(Number)]);
  return [...numbers].map((number) => {
    const own = bySlot.get(number) ?? [];
    const live = own.filter((task) => isLive(task) || isComplete(task));
    const serves = live.some((task) => isServing(task) || isComplete(task));
    const reasons = live.map(protection);
    return {
      number,
      worth: live.length === 0 ? 0 : serves ? 2 : 1,
      createdAtMs: Math.min(...own.map(({ assignment }) => assignment.createdAtMs)),
      protection: reasons.find((reason) => reason !== null) ?? null,
    };
  });
}

const ascending = (a: number, b: number): number => a - b;

const firstToGo = (a: Slot, b: Slot): number =>
  a.worth - b.worth ||
  (a.createdAtMs === b.createdAtMs ? b.number - a.number : b.createdAtMs - a.createdAtMs);

function freeNumbers(taken: readonly number[], count: number): number[] {
  const known = new Set(taken);
  const free: number[] = [];
  for (let number = 1; free.length < count; number += 1) if (!known.has(number)) free.push(number);
  return free;
}
