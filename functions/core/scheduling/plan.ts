/**
 * Placement of a batch: feasibility, ranking, plan. Pure: equal input and seed give an equal plan, whatever the order of
 * the input. Refusals explain themselves; a task that fits nowhere becomes demand for a host.
 *
 *   candidates -> fleet (`fleet.ts`)          what is free, once a pass
 *   batch -> groups (`order.ts`)              priority, then size; alike tasks together
 *   group -> desk (`desk.ts`, `filters.ts`)   every host judged once: does it fit, how well
 *   task -> choice (`choose.ts`)              the best host; then the numbers of that one host change
 *   no choice -> room (`rooms.ts`)            others leave for it, if they may: it waits for that host, and its room is kept
 */
import type { PortBinding } from '../model/task.ts';
import { aside, createChooser, type Chooser } from './choose.ts';
import { createDesk, sitDown, type Desk, type Sitting } from './desk.ts';
import { isRoom } from './filters.ts';
import { buildFleet, take, type Fleet } from './fleet.ts';
import { chooseGpus } from './gpus.ts';
import type { Candidate, TaskNeeds } from './needs.ts';
import { decreasing, groupsOf } from './order.ts';
import { takePorts } from './ports.ts';
import { countRefusals, explain, explainChoice, refusalOn, type RefusalCount } from './reasons.ts';
import { NO_ROOMS, type Made, type RoomAhead, type Rooms } from './rooms.ts';

export interface Placement {
  readonly needs: TaskNeeds;
  readonly host: string;
  readonly ports: readonly PortBinding[];
  /** Ids of the graphics processors that it gets. Absent: it needs none. */
  readonly gpus?: readonly string[] | undefined;
  readonly reason: string;
}

export interface Unplaced {
  readonly needs: TaskNeeds;
  readonly refusals: readonly RefusalCount[];
  readonly reason: string;
  /** Absent: nobody leaves for it. */
  readonly room?: RoomAhead;
}

export interface PlacementPlan {
  readonly placed: readonly Placement[];
  readonly unplaced: readonly Unplaced[];
}

export function planPlacements(
  batch: readonly TaskNeeds[],
  candidates: readonly Candidate[],
  _nowMs: number,
  seed: string,
): PlacementPlan {
  return planOnFleet(batch, buildFleet(candidates, batch, seed), seed);
}

/** As `planPlacements`; the fleet is then as the plan leaves it. It has to be built for this batch. */
export function planOnFleet(
  batch: readonly TaskNeeds[],
  fleet: Fleet,
  seed: string,
  rooms: Rooms = NO_ROOMS,
): PlacementPlan {
  const desk = createDesk(fleet);
  const placed: Placement[] = [];
  const unplaced: Unplaced[] = [];
  const ordered = decreasing(batch, fleet, (needs) => rooms.keptFor(needs).length > 0);
  for (const group of groupsOf(ordered)) {
    for (const outcome of placeGroup(desk, group, { seed, rooms })) {
      if ('host' in outcome) placed.push(outcome);
      else unplaced.push(outcome);
    }
  }
  return { placed, unplaced };
}

interface How {
  readonly seed: string;
  readonly rooms: Rooms;
}

function placeGroup(desk: Desk, group: readonly TaskNeeds[], how: How): (Placement | Unplaced)[] {
  const [first] = group;
  if (first === undefined) return [];
  const sitting = sitDown(desk, first);
  const chooser = createChooser(sitting, group.length);
  let refused: Pick<Unplaced, 'refusals' | 'reason'> | undefined;
  let known: Made | null | undefined;
  return group.map((needs) => {
    const kept = inKeptRoom(sitting, chooser, needs, how);
    if (kept !== null) return kept;
    const placement = placeOne(sitting, chooser, needs, how.seed);
    if (placement !== null) return placement;
    const isFresh = chooser.isFresh(needs);
    // Room only shrinks: what is said of the first holds for the others.
    const why = isFresh ? (refused ??= refusal(sitting, needs)) : refusal(sitting, needs);
    const asked = isFresh ? known : undefined;
    const made = asked === undefined ? aside(sitting, needs, () => how.rooms.make(sitting, needs)) : asked;
    if (isFresh && made?.kind !== 'made') known = made;
    if (made === null) return { needs, ...why };
    if (made.kind === 'possible') return { needs, ...why, room: { host: null, asksForHost: true } };
    // What was made is no room for the others: of them it may be said anew.
    refused = undefined;
    return waitFor(sitting, chooser, { needs, ...why }, { ...made, rooms: how.rooms });
  });
}

/** Where others have left for it, or are about to. Null: nowhere, or that host will not do any more. */
function inKeptRoom(
  sitting: Sitting,
  chooser: Chooser,
  needs: TaskNeeds,
  { seed, rooms }: How,
): Placement | Unplaced | null {
  const hosts = rooms.keptFor(needs);
  if (hosts.length === 0) return null;
  const verdicts = aside(sitting, needs, () => hosts.map((host) => refusalOn(sitting, host)));
  const free = hosts.find((_, index) => verdicts[index] === null);
  if (free !== undefined) {
    const reason = 'tasks of lower priority have left that host for it';
    return placeAt(sitting, chooser, needs, { host: free, reason, seed });
  }
  const coming = hosts.find((host, index) => isRoom(verdicts[index] ?? null) && rooms.keep(needs, host));
  if (coming === undefined) return null;
  const unplaced = { needs, ...refusal(sitting, needs) };
  return waitFor(sitting, chooser, unplaced, { host: coming, asksForHost: false, rooms });
}

/** Its room is kept already. */
function waitFor(
  { desk }: Sitting,
  chooser: Chooser,
  unplaced: Unplaced,
  { host, asksForHost, rooms }: { host: number; asksForHost: boolean; rooms: Rooms },
): Unplaced {
  chooser.changed(host);
  const id = desk.fleet.hosts[host]?.id ?? '';
  return { ...unplaced, reason: rooms.words(unplaced.needs, host), room: { host: id, asksForHost } };
}

function refusal(sitting: Sitting, needs: TaskNeeds): Pick<Unplaced, 'refusals' | 'reason'> {
  const refusals = aside(sitting, needs, () => countRefusals(sitting, needs));
  return { refusals, reason: explain(refusals) };
}

function placeOne(sitting: Sitting, chooser: Chooser, needs: TaskNeeds, seed: string): Placement | null {
  const choice = chooser.next(needs);
  if (choice === null) return null;
  const reason = explainChoice(sitting, choice);
  return placeAt(sitting, chooser, needs, { host: choice.host, reason, seed });
}

function placeAt(
  { desk: { fleet } }: Sitting,
  chooser: Chooser,
  needs: TaskNeeds,
  { host: number, reason, seed }: { readonly host: number; readonly reason: string; readonly seed: string },
): Placement | null {
  const host = fleet.hosts[number];
  if (host === undefined) return null;
  const key = `${seed}/${needs.stack}/${needs.service}/${needs.slot}`;
  const ports = takePorts(needs.ports, fleet.ports(number), key);
  const gpus = needs.gpus === undefined ? [] : chooseGpus(needs.gpus, fleet.gpus(number));
  if (ports === null || gpus === null) return null;
  take(fleet, number, needs, gpus);
  chooser.changed(number);
  return { needs, host: host.id, ports, reason, ...(needs.gpus === undefined ? {} : { gpus }) };
}
