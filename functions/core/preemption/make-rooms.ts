/**
 * Preemption: tasks of lower priority leave a host so that one of higher priority fits there.
 *
 *   fits nowhere, and some host refuses it for room alone
 *     -> that host from which the smallest loss makes room: see `better`
 *     -> its victims are drained in its manifest, and name there for whom they leave (`leavesFor`)
 *     -> it waits for that host; its room counts as taken for all that are not of higher priority
 *     -> it is placed there as soon as they have ended
 *
 * All of it stands in the one manifest of that host, so a pass that is killed has done everything or nothing, and the next
 * one finds for whom room is kept. A host that takes no tasks any more keeps none.
 */
import { replicaKey } from '../model/ids.ts';
import { DEFAULT_PRIORITY } from '../model/placement.ts';
import type { Assignment, HostManifest } from '../model/task.ts';
import { rulesOf, type TaskNeeds } from '../scheduling/needs.ts';
import type { Fleet } from '../scheduling/fleet.ts';
import { roomWords, type Rooms } from '../scheduling/rooms.ts';
import { fitsWithout, keepRoom } from '../scheduling/vacate.ts';
import { bestRoom, type Room } from './best-room.ts';
import type { Victim, Victims } from './victims.ts';

/** In one pass; the others have their turn in the next ones. */
export const PREEMPTING_MAX = 5;
export const VICTIMS_PER_PASS = 20;
/** So many groups of alike tasks are looked at in one pass. */
const LOOKS_MAX = 50;

/** A host from which tasks leave for one that waits. */
export interface Preemption {
  readonly needs: TaskNeeds;
  readonly host: string;
  readonly victims: readonly Victim[];
}

/** `hostFirst`: only if no host can come for it, which nobody has said yet. */
export type May = 'now' | 'no' | 'hostFirst';

export interface RoomsInput {
  readonly fleet: Fleet;
  /** As they were read: what leaves them with this pass still says for whom. */
  readonly manifests: readonly Pick<HostManifest, 'host' | 'assignments'>[];
  /** Asked once, and only if somebody needs room. */
  readonly victims: () => Victims;
  /** `now` with `asksForHost`: it does so as long as no host can come. */
  readonly may: (needs: TaskNeeds) => { readonly may: May; readonly asksForHost: boolean };
}

export interface RoomMaker extends Rooms {
  /** What was decided, in the order of the plan. */
  made(): readonly Preemption[];
}

export const keyOf = ({ stack, service, slot }: TaskNeeds): string => replicaKey(stack, service, slot);

export function createRooms(input: RoomsInput): RoomMaker {
  const { fleet } = input;
  const leaving = leavingTasks(fleet);
  const kept = keptRooms(fleet, input.manifests);
  const made: Preemption[] = [];
  const gone = new Set<Victim>();
  const spent = new Map<string, number>();
  let [victims, looks, count]: [Victims | undefined, number, number] = [undefined, 0, 0];
  const leavingOn = (host: number): readonly Assignment[] => leaving.get(host) ?? [];
  return {
    made: () => made,
    keptFor: (needs) => (kept.size === 0 ? [] : (kept.get(keyOf(needs)) ?? [])),
    keep: (needs, host) => {
      if (!fitsWithout(fleet, host, needs, leavingOn(host))) return false;
      keepRoom(fleet, host, needs, leavingOn(host));
      return true;
    },
    words: (needs, host) => waitWords(fleet, needs, host, leavingOn(host)),
    make: (sitting, needs) => {
      const { may, asksForHost } = input.may(needs);
      if (may === 'no' || looks >= LOOKS_MAX) return null;
      looks += 1;
      victims ??= input.victims();
      const room = bestRoom(sitting, needs, { victims, gone, spent, leavingOn });
      if (room === null) return null;
      const isTooMuch = made.length >= PREEMPTING_MAX || count + room.victims.length > VICTIMS_PER_PASS;
      if (may === 'hostFirst' || isTooMuch) return { kind: 'possible' };
      count += room.victims.length;
      for (const one of room.victims) {
        gone.add(one);
        if (one.serves) spent.set(one.service, (spent.get(one.service) ?? 0) + 1);
      }
      leaving.set(room.host, [...leavingOn(room.host), ...room.victims.map(({ assignment }) => assignment)]);
      keepRoom(fleet, room.host, needs, leavingOn(room.host));
      made.push(preemptionOf(fleet, needs, room));
      return { kind: 'made', host: room.host, asksForHost };
    },
  };
}

const preemptionOf = ({ hosts }: Fleet, needs: TaskNeeds, { host, victims }: Room): Preemption => ({
  needs,
  host: hosts[host]?.id ?? '',
  victims,
});

/** By host number. */
function leavingTasks({ hosts }: Fleet): Map<number, readonly Assignment[]> {
  const all = new Map<number, readonly Assignment[]>();
  hosts.forEach(({ assignments }, host) => {
    const own = assignments.filter(({ wanted }) => wanted !== 'run');
    if (own.length > 0) all.set(host, own);
  });
  return all;
}

/** By replica: the hosts, by number, on which tasks name it. */
function keptRooms(
  { hosts }: Fleet,
  manifests: RoomsInput['manifests'],
): ReadonlyMap<string, readonly number[]> {
  const kept = new Map<string, number[]>();
  const numbers = new Map(hosts.map(({ id }, number) => [id, number]));
  for (const { host, assignments } of manifests) {
    const number = numbers.get(host);
    if (number === undefined) continue;
    for (const replica of new Set(assignments.flatMap(({ leavesFor = [] }) => leavesFor)))
      kept.set(replica, [...(kept.get(replica) ?? []), number]);
  }
  return kept;
}

function waitWords(fleet: Fleet, needs: TaskNeeds, host: number, leaving: readonly Assignment[]): string {
  const { id = '', ended } = fleet.hosts[host] ?? {};
  const still = leaving.filter(({ task }) => ended?.has(task) !== true);
  const mine = rulesOf(needs).priority;
  const areLower = still.every(({ priority = DEFAULT_PRIORITY }) => priority < mine);
  const lower = areLower ? ' of lower priority' : '';
  const tasks =
    still.length === 1 ? `1 task${lower} is leaving` : `${still.length} tasks${lower} are leaving`;
  return roomWords(id, tasks);
}
