/**
 * Placement of a batch: feasibility, ranking, plan. Pure: equal input and seed give an equal plan, whatever the order of
 * the input. Refusals explain themselves; a task that fits nowhere becomes demand for a host.
 *
 *   candidates -> fleet (`fleet.ts`)          what is free, once a pass
 *   batch -> groups (`order.ts`)              priority, then size; alike tasks together
 *   group -> desk (`desk.ts`, `filters.ts`)   every host judged once: does it fit, how well
 *   task -> choice (`choose.ts`)              the best host; then the numbers of that one host change
 */
import type { PortBinding } from '../model/task.ts';
import { aside, createChooser, type Chooser } from './choose.ts';
import { createDesk, sitDown, type Desk, type Sitting } from './desk.ts';
import { buildFleet, take, type Fleet } from './fleet.ts';
import { chooseGpus } from './gpus.ts';
import type { Candidate, TaskNeeds } from './needs.ts';
import { decreasing, groupsOf } from './order.ts';
import { takePorts } from './ports.ts';
import { countRefusals, explain, explainChoice, type RefusalCount } from './reasons.ts';

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
export function planOnFleet(batch: readonly TaskNeeds[], fleet: Fleet, seed: string): PlacementPlan {
  const desk = createDesk(fleet);
  const placed: Placement[] = [];
  const unplaced: Unplaced[] = [];
  for (const group of groupsOf(decreasing(batch, fleet))) {
    for (const outcome of placeGroup(desk, group, seed)) {
      if ('host' in outcome) placed.push(outcome);
      else unplaced.push(outcome);
    }
  }
  return { placed, unplaced };
}

function placeGroup(desk: Desk, group: readonly TaskNeeds[], seed: string): (Placement | Unplaced)[] {
  const [first] = group;
  if (first === undefined) return [];
  const sitting = sitDown(desk, first);
  const chooser = createChooser(sitting, group.length);
  let refused: Pick<Unplaced, 'refusals' | 'reason'> | undefined;
  return group.map((needs) => {
    const placement = placeOne(sitting, chooser, needs, seed);
    if (placement !== null) return placement;
    // Room only shrinks: what is said of the first holds for the others.
    if (!chooser.isFresh(needs)) return { needs, ...refusal(sitting, needs) };
    return { needs, ...(refused ??= refusal(sitting, needs)) };
  });
}

function refusal(sitting: Sitting, needs: TaskNeeds): Pick<Unplaced, 'refusals' | 'reason'> {
  const refusals = aside(sitting, needs, () => countRefusals(sitting, needs));
  return { refusals, reason: explain(refusals) };
}

function placeOne(sitting: Sitting, chooser: Chooser, needs: TaskNeeds, seed: string): Placement | null {
  const { fleet } = sitting.desk;
  const choice = chooser.next(needs);
  const host = choice === null ? undefined : fleet.hosts[choice.host];
  if (choice === null || host === undefined) return null;
  const key = `${seed}/${needs.stack}/${needs.service}/${needs.slot}`;
  const ports = takePorts(needs.ports, fleet.ports(choice.host), key);
  const gpus = needs.gpus === undefined ? [] : chooseGpus(needs.gpus, fleet.gpus(choice.host));
  if (ports === null || gpus === null) return null;
  const reason = explainChoice(sitting, choice);
  take(fleet, choice.host, needs, gpus);
  chooser.changed(choice.host);
  return { needs, host: host.id, ports, reason, ...(needs.gpus === undefined ? {} : { gpus }) };
}
