/** How much one pass takes away at most. */
import { describe, expect, it } from '@jest/globals';
import { VICTIMS_MAX } from '../../../../functions/core/preemption/fewest-victims.ts';
import { PREEMPTING_MAX, VICTIMS_PER_PASS } from '../../../../functions/core/preemption/make-rooms.ts';
import { pass, preempted, scene } from './scenes.ts';

const victims = (state: ReturnType<typeof scene>) => preempted(state, pass(state));

describe('a pass', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
  const low = (count: number) => Object.fromEntries(names(count).map((name) => [name, { priority: 20 }]));

  it(`makes room for ${PREEMPTING_MAX} at most; the others have their turn later`, () => {
    const hosts = PREEMPTING_MAX + 2;
    const state = scene({
      services: { web: { priority: 90, preempt: 'atOnce', cpuMillis: 2000, replicas: hosts }, ...low(hosts) },
      tasks: names(hosts).map((service, index) => ({ on: `h${index}`, service, cpuMillis: 2000 })),
    });
    const plan = pass(state);
    expect(preempted(state, plan)).toHaveLength(PREEMPTING_MAX);
    expect(plan.unplaced.map(({ room }) => room?.host)).toEqual([null, null]);
  });

  it(`takes ${VICTIMS_MAX} tasks for one at most`, () => {
    const many = (count: number) =>
      scene({
        services: { web: { priority: 90, preempt: 'atOnce', cpuMillis: 100 * count }, ...low(20) },
        tasks: names(20).map((service) => ({ on: 'a', service, cpuMillis: 100 })),
      });
    expect(victims(many(VICTIMS_MAX))).toHaveLength(VICTIMS_MAX);
    expect(victims(many(VICTIMS_MAX + 1))).toEqual([]);
  });

  it(`takes ${VICTIMS_PER_PASS} tasks at most`, () => {
    const state = scene({
      services: { web: { priority: 90, preempt: 'atOnce', cpuMillis: 800, replicas: 3 }, ...low(60) },
      tasks: names(60).map((service, index) => ({ on: `h${index % 3}`, service, cpuMillis: 100 })),
    });
    expect(victims(state)).toHaveLength(2 * VICTIMS_MAX);
  });
});
