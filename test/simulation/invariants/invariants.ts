/** All invariants of a world: each listens to what it is about, and the first violation is kept. */
import type { World } from '../world/world.ts';
import type { Watcher } from '../world/watch.ts';
import { agentInvariants } from './agent.ts';
import { cloudInvariants } from './cloud.ts';
import { deadlineInvariants } from './deadlines.ts';
import { discoveryInvariants } from './discovery.ts';
import { placementInvariants } from './placement.ts';
import { scalingInvariants } from './scaling.ts';
import { silenceInvariants } from './silence.ts';
import { writeInvariants } from './writes.ts';

export interface Violation {
  readonly invariant: string;
  readonly message: string;
  /** Simulated time. */
  readonly atMs: number;
}

/** What a group of invariants is given. */
export interface Judge {
  readonly world: World;
  /** One more check of an invariant; `ok` false is a violation, told with `why`. */
  check(invariant: string, ok: boolean, why: () => string): void;
  /** Nothing is going on: faults are over, everything is as wanted. */
  isQuiet(): boolean;
}

export interface Invariants {
  violation(): Violation | undefined;
  /** All that broke in the same event. */
  broken(): readonly string[];
  checked(): Record<string, number>;
  violate(invariant: string, message: string): void;
  count(invariant: string): void;
  quiet(isQuiet: boolean): void;
}

const GROUPS: readonly ((judge: Judge) => Watcher)[] = [
  placementInvariants,
  agentInvariants,
  discoveryInvariants,
  cloudInvariants,
  scalingInvariants,
  writeInvariants,
  deadlineInvariants,
  silenceInvariants,
];

export function createInvariants(world: World): Invariants {
  const counts = new Map<string, number>();
  const broken = new Set<string>();
  let first: Violation | undefined;
  let quiet = false;
  const count = (invariant: string): void => void counts.set(invariant, (counts.get(invariant) ?? 0) + 1);
  const violate = (invariant: string, message: string): void => {
    broken.add(invariant);
    first ??= { invariant, message, atMs: world.scheduler.nowMs() };
    world.note(`violation ${invariant}: ${message}`);
  };
  const judge: Judge = {
    world,
    check: (invariant, ok, why) => {
      count(invariant);
      if (!ok) violate(invariant, why());
    },
    isQuiet: () => quiet,
  };
  for (const group of GROUPS) world.hub.add(group(judge));
  return {
    violation: () => first,
    broken: () => [...broken],
    checked: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    violate,
    count,
    quiet: (isQuiet) => (quiet = isQuiet),
  };
}
