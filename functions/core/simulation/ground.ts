/**
 * The hosts below a simulated service: replicas are placed by the product's own placement, first on hosts that are ready,
 * then on those that are coming; for what is left hosts are ordered, up to the bound of the pool. A host that stayed empty
 * goes after its time. Replicas are not moved together, so hosts empty only as their replicas go.
 *
 * Keeps the state of one run: make one for each.
 */
import type { Capacity } from '../model/host.ts';
import { assignmentOf } from '../scheduling/assignment.ts';
import { schedulable, type Candidate, type TaskNeeds } from '../scheduling/needs.ts';
import { planPlacements } from '../scheduling/plan.ts';
import type { Ground } from './replay.ts';

export interface HostModel {
  /** As such a host registers itself. */
  readonly capacity: Capacity;
  /** From the order until it takes replicas; those of the beginning are there. */
  readonly startUpSeconds: number;
  readonly hostsMax: number;
  /** An empty host goes after so long. */
  readonly emptySeconds: number;
}

interface SimulatedHost {
  readonly id: string;
  readonly readyAt: number;
  readonly assignments: Candidate['assignments'];
  readonly emptySince: number | null;
}

type Needs = Omit<TaskNeeds, 'slot'>;
interface Placed {
  readonly hosts: readonly SimulatedHost[];
  /** Slots that found no room. */
  readonly left: readonly number[];
}

export function hostGround(model: HostModel, needs: Needs): Ground {
  let hosts: readonly SimulatedHost[] = [];
  let ordered = 0;
  const order = (second: number): SimulatedHost => {
    ordered += 1;
    const readyAt = second === 0 ? 0 : second + model.startUpSeconds;
    return { id: `host-${String(ordered).padStart(6, '0')}`, readyAt, assignments: [], emptySince: null };
  };
  return {
    get hosts() {
      return hosts.length;
    },
    settle(slots, second) {
      const kept = afterRemovals(hosts, new Set(slots), second, model.emptySeconds);
      const there = new Set(kept.flatMap(({ assignments }) => assignments.map(({ slot }) => slot)));
      const place = (left: readonly number[], on: readonly SimulatedHost[]): Placed =>
        placeOn(left, on, { model, needs, second });
      const ready = place(
        slots.filter((slot) => !there.has(slot)),
        kept.filter(({ readyAt }) => readyAt <= second),
      );
      const coming = place(
        ready.left,
        kept.filter(({ readyAt }) => readyAt > second),
      );
      hosts = [...ready.hosts, ...coming.hosts];
      let { left } = coming;
      while (left.length > 0 && hosts.length < model.hostsMax) {
        const fresh = place(left, [order(second)]);
        // Not even an empty host takes one: more of them would help as little.
        if (fresh.left.length === left.length) break;
        hosts = [...hosts, ...fresh.hosts];
        left = fresh.left;
      }
      return startsOf(hosts, slots, second);
    },
  };
}

function placeOn(
  slots: readonly number[],
  on: readonly SimulatedHost[],
  { model, needs, second }: { readonly model: HostModel; readonly needs: Needs; readonly second: number },
): Placed {
  const candidates = on.map(({ id, assignments }): Candidate => ({
    id,
    architecture: needs.architecture,
    schedulable: schedulable(model.capacity),
    assignments,
    ended: new Set(),
  }));
  const batch = slots.map((slot) => ({ ...needs, slot }));
  const { placed, unplaced } = planPlacements(batch, candidates, second * 1000, 'simulation');
  const more = Map.groupBy(placed, ({ host }) => host);
  const hosts = on.map((host) => {
    const its = (more.get(host.id) ?? []).map((one) => assignmentOf(one, second * 1000, 'simulation'));
    return its.length === 0
      ? host
      : { ...host, assignments: [...host.assignments, ...its], emptySince: null };
  });
  return { hosts, left: unplaced.map((one) => one.needs.slot) };
}

/** When the host of each slot can start it; null: it has none. */
function startsOf(
  hosts: readonly SimulatedHost[],
  slots: readonly number[],
  second: number,
): readonly (number | null)[] {
  const starts = new Map(
    hosts.flatMap(({ readyAt, assignments }) =>
      assignments.map(({ slot }) => [slot, Math.max(readyAt, second)] as const),
    ),
  );
  return slots.map((slot) => starts.get(slot) ?? null);
}

/** Replicas that are not wanted any more leave; hosts that were empty for their time go. */
function afterRemovals(
  hosts: readonly SimulatedHost[],
  slots: ReadonlySet<number>,
  second: number,
  emptySeconds: number,
): readonly SimulatedHost[] {
  return hosts
    .map((host) => {
      const assignments = host.assignments.filter(({ slot }) => slots.has(slot));
      const emptySince = assignments.length > 0 ? null : (host.emptySince ?? second);
      return { ...host, assignments, emptySince };
    })
    .filter(({ emptySince }) => emptySince === null || second - emptySince < emptySeconds);
}
