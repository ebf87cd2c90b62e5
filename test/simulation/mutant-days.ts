/** Days on which planted bugs are looked for, where it takes something that most days have not. */
import type { FaultKind } from './plan/fault-kinds.ts';
import { BASE, keepHosts, type Action, type Day } from './plan/plan.ts';
import { IMAGES } from './plan/workload.ts';

const MINUTE_MS = 60_000;
const once = (fault: FaultKind, minute: number, minutes: number): Action => ({
  kind: 'fault',
  fault,
  atMs: minute * MINUTE_MS,
  forMs: minutes * MINUTE_MS,
  target: 3,
  strength: 0.2,
});
/** Fifteen replicas, so that every host has some. */
const shopOf = (version: number, minute: number): Action => ({
  kind: 'deploy',
  atMs: minute * MINUTE_MS,
  stack: 'shop',
  knobs: Object.fromEntries(
    ['web', 'api', 'worker'].map((name) => [
      name,
      { replicas: 5, version, program: 'serves', checked: true, image: IMAGES[0], spread: false },
    ]),
  ),
});
const shop = shopOf(1, 1);
const again: Action = { kind: 'deploy', atMs: 2 * MINUTE_MS, stack: BASE, knobs: keepHosts(11, 2) };

/** For bugs that only one thing brings to light: days with that, in place of what their plans hold. */
const ONLY: Readonly<Record<string, readonly Action[]>> = {
  I3: [shop, shopOf(2, 25), shopOf(3, 32), shopOf(4, 39)],
  I7: [shop, once('control-plane-down', 20, 3), once('agent-crash', 21, 0.5)],
  I9: [shop, once('host-falls-silent', 30, 1)],
  I11: [shop, again],
  I15: [shop, once('many-cut', 20, 10)],
  I30: [shop, once('host-falls-silent', 20, 1)],
  I31: [shop, once('cut-host', 20, 2.5)],
};

/** Bugs that show in the calm after the faults: theirs are over soon. */
const SOON_CALM: Readonly<Record<string, Pick<Day, 'chaosMs' | 'actions'>>> = {
  I35: { chaosMs: 4 * MINUTE_MS, actions: [shop, once('host-falls-silent', 2, 1)] },
};

/** The day on which an invariant's bug is to be seen. */
export const dayFor = (invariant: string, day: Day): Day => ({
  ...day,
  actions: ONLY[invariant] ?? day.actions,
  ...SOON_CALM[invariant],
});
