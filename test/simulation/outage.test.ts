/** An hour without a control plane: what runs goes on, and when it is back nothing is done that need not be. */
import { describe, expect, it } from '@jest/globals';
import type { FaultKind } from './plan/fault-kinds.ts';
import { planDay, type Action, type Day } from './plan/plan.ts';
import { IMAGES } from './plan/workload.ts';
import { runDay } from './run-day.ts';
import type { DockerTouch } from './world/watch.ts';

const MINUTE_MS = 60_000;
const [FROM, TO] = [10, 70] as const;

const fault = (kind: FaultKind, minute: number, minutes: number, target: number): Action => ({
  kind: 'fault',
  fault: kind,
  atMs: minute * MINUTE_MS,
  forMs: minutes * MINUTE_MS,
  target,
  strength: 0.3,
});
const shop: Action = {
  kind: 'deploy',
  atMs: MINUTE_MS,
  stack: 'shop',
  knobs: {
    web: { replicas: 5, version: 1, program: 'serves', checked: true, image: IMAGES[0], spread: false },
    api: { replicas: 4, version: 1, program: 'deaf', checked: false, image: IMAGES[1], spread: false },
  },
};

/** No function runs and no agent is answered for an hour; meanwhile agents and containers crash. */
const DAY: Day = {
  ...planDay('hour-of-outage', 1),
  chaosMs: (TO + 1) * MINUTE_MS,
  actions: [
    shop,
    fault('control-plane-down', FROM, TO - FROM, 0),
    ...[15, 27, 39, 51].map((minute, index) => fault('agent-crash', minute, 2, 3 + 5 * index)),
    ...[18, 30, 42, 54, 66].map((minute, index) => fault('container-crash', minute, 1, 1 + 18 * index)),
    fault('agent-crash-at-call', 60, 2, 7),
  ],
};

describe('an hour’s outage of the control plane', () => {
  it('stops no container, and launches nothing afterwards', async () => {
    const stopped: string[] = [];
    const launched: string[] = [];
    let downAtMs = Infinity;
    const result = await runDay(DAY, {
      watch: (world) => {
        const isLater = (): boolean => {
          if (world.mood.controlPlaneDown) downAtMs = Math.min(downAtMs, world.scheduler.nowMs());
          return world.scheduler.nowMs() >= downAtMs;
        };
        return {
          minute: () => void isLater(),
          docker: ({ call, container }: DockerTouch) => {
            if (isLater() && (call === 'kill' || call === 'create')) stopped.push(`${call} ${container}`);
          },
          launched: ({ batch }) => {
            if (isLater()) launched.push(batch);
          },
        };
      },
    });
    expect(result.violation).toBeUndefined();
    expect(downAtMs).toBeLessThan(Infinity);
    expect(result.faults).toMatchObject({ 'control-plane-down': 1, 'agent-crash': 4, 'container-crash': 5 });
    expect(stopped).toEqual([]);
    expect(launched).toEqual([]);
  }, 120_000);
});
