/** Of all hosts that refuse a task for room alone: that on which the smallest loss makes room for it. */
import type { Assignment } from '../model/task.ts';
import { shareLeft, type Sitting } from '../scheduling/desk.ts';
import { compareLeaves } from '../scheduling/domains.ts';
import { isRoom } from '../scheduling/filters.ts';
import { rulesOf, type TaskNeeds } from '../scheduling/needs.ts';
import { refusalOn } from '../scheduling/reasons.ts';
import { without } from '../scheduling/vacate.ts';
import { fewestVictims, type Steps } from './fewest-victims.ts';
import type { Victim, Victims } from './victims.ts';

/**
 * How much lower a victim's priority has to be. Nomad asks for 10 as well (scheduler/feasible/preemption.go), Kubernetes for
 * any difference; neighbours in a file's ranking (50 and 51) are meant as an order, not as a right to somebody's room.
 */
export const PRIORITY_MARGIN = 10;
/** Of the searches of one task on all hosts together. */
const STEPS_MAX = 20_000;

/** What this pass has decided so far. */
export interface SoFar {
  readonly victims: Victims;
  /** They leave already. */
  readonly gone: ReadonlySet<Victim>;
  /** By service: how many that served have gone. */
  readonly spent: ReadonlyMap<string, number>;
  readonly leavingOn: (host: number) => readonly Assignment[];
}

export interface Room {
  readonly host: number;
  /** Empty: what leaves anyway is enough. */
  readonly victims: readonly Victim[];
  /** Mean share of the host's CPU and memory that would be free beside it. */
  readonly over: number;
}

/** To be asked while the task's own replica is aside. Null: no host will do. */
export function bestRoom(sitting: Sitting, needs: TaskNeeds, soFar: SoFar): Room | null {
  const { fleet } = sitting.desk;
  const steps: Steps = { left: STEPS_MAX };
  let best: Room | null = null;
  for (let host = 0; host < fleet.hosts.length; host += 1) {
    if (!isRoom(refusalOn(sitting, host))) continue;
    const victims = mayGo(fleet.hosts[host]?.id ?? '', needs, soFar);
    const leaving = soFar.leavingOn(host);
    if (victims.length === 0 && leaving.length === 0) continue;
    const chosen = without(fleet, host, leaving, () => fewestVictims({ fleet, host, needs, victims, steps }));
    if (chosen === null) continue;
    const over = freeBeside(sitting, needs, host, [...leaving, ...chosen.map((one) => one.assignment)]);
    const room = { host, victims: chosen, over };
    if (best === null || better(sitting, room, best) < 0) best = room;
  }
  return best;
}

/** Of lower priority by the margin, and of each service no more than its budget has left; in their order. */
function mayGo(host: string, needs: TaskNeeds, { victims, gone, spent }: SoFar): Victim[] {
  const below = rulesOf(needs).priority - PRIORITY_MARGIN;
  const used = new Map(spent);
  return (victims.byHost.get(host) ?? []).filter((one) => {
    if (one.priority > below || gone.has(one)) return false;
    if (!one.serves) return true;
    const before = used.get(one.service) ?? 0;
    if (before >= (victims.budgets.get(one.service) ?? 0)) return false;
    used.set(one.service, before + 1);
    return true;
  });
}

function freeBeside(
  { desk: { fleet } }: Sitting,
  needs: TaskNeeds,
  host: number,
  tasks: readonly Assignment[],
): number {
  return without(fleet, host, tasks, () => {
    const cpu = shareLeft(fleet.free.cpuMillis[host], needs.cpuMillis, fleet.totalCpuMillis[host]);
    const memory = shareLeft(fleet.free.memoryBytes[host], needs.memoryBytes, fleet.totalMemoryBytes[host]);
    return (cpu + memory) / 2;
  });
}

/**
 * Negative: the first room is the better one. The lowest priority of the highest victim, the fewest victims, those that do
 * not serve, the spread of the task's own service, the newest victims, the least that is freed beyond need, then by id.
 */
function better({ domains, counts }: Sitting, a: Room, b: Room): number {
  const highest = ({ victims }: Room): number => Math.max(-1, ...victims.map(({ priority }) => priority));
  const serving = ({ victims }: Room): number => victims.filter(({ serves }) => serves).length;
  const oldest = ({ victims }: Room): number =>
    Math.min(...victims.map(({ assignment }) => assignment.createdAtMs));
  const [leafA, leafB] = [domains.leafOf[a.host] ?? 0, domains.leafOf[b.host] ?? 0];
  return (
    highest(a) - highest(b) ||
    a.victims.length - b.victims.length ||
    serving(a) - serving(b) ||
    (leafA === leafB ? 0 : compareLeaves(domains, counts, leafA, leafB)) ||
    (a.victims.length === 0 ? 0 : oldest(b) - oldest(a)) ||
    a.over - b.over ||
    a.host - b.host
  );
}
