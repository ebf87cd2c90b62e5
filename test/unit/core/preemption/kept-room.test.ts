/** Room that was made is kept for whom it was made, until it is there. */
import { describe, expect, it } from '@jest/globals';
import type { Snapshot } from '../../../../functions/core/model/snapshot.ts';
import { NOW } from '../../../support/builders.ts';
import { ended, noHostFor, pass, placed, preempted, scene, stored, waits, type Scene } from './scenes.ts';

const MINUTE = 60_000;
/** `web` needs three quarters of the only host, half of which is free; `low` has the other half. */
const before = (more: Scene['services'] = {}, over: Partial<Snapshot> = {}): Snapshot =>
  scene({
    services: {
      web: { priority: 90, preempt: 'atOnce', cpuMillis: 1500 },
      low: { priority: 20, cpuMillis: 1000 },
      ...more,
    },
    tasks: [{ on: 'a', service: 'low', slot: 1 }],
    over,
  });
const made = (state = before()): Snapshot => stored(state, pass(state));

/** With one more service in the file. */
function withMore(state: Snapshot, services: Scene['services']): Snapshot {
  return { ...state, revisions: before(services).revisions };
}

describe('room that was made', () => {
  it('is asked for once: the passes that follow decide nothing more about it', () => {
    let state = before();
    const first = pass(state);
    expect(preempted(state, first)).toEqual(['low-1 on h-a']);
    state = stored(state, first);
    // The replacement of the victim waits from the second pass on.
    state = stored(state, pass(state));
    const third = pass(state);
    expect([third.manifests, third.services, third.decisions]).toEqual([[], [], []]);
  });

  it('is kept from what was taken away, which is demand for a host', () => {
    const state = made();
    const plan = pass(state);
    expect(placed(plan, state)).toEqual([]);
    expect(plan.unplaced.map(({ needs }) => needs.service)).toEqual(['low']);
  });

  it.each([
    ['lower', 20, []],
    ['equal', 90, []],
    ['higher', 95, ['new-1 on h-a']],
  ])('is kept from tasks of %s priority, if they could use it now', (_, priority, expected) => {
    const state = withMore(made(), { new: { priority, preempt: 'never', cpuMillis: 800 } });
    expect(placed(pass(state), state)).toEqual(expected);
  });

  it('is lost to a higher priority, and made anew if it can be', () => {
    const state = withMore(made(), { new: { priority: 95, preempt: 'never', cpuMillis: 800 } });
    const plan = pass(state);
    // 1200 of 2000 are left beside the new one, once the victim has gone.
    expect(waits(plan, 'web').join()).toContain('needs 1.5 vCPU');
    expect(plan.unplaced.map(({ needs }) => needs.service)).toContain('web');
  });

  it('is taken as soon as the victims have ended; the victim waits, and comes back when there is room', () => {
    const state = ended(made());
    const plan = pass(state);
    expect(placed(plan, state)).toEqual(['web-1 on h-a']);
    const [task] = plan.manifests[0]?.assignments ?? [];
    expect(task?.reason).toContain('left that host for it');
    expect(plan.unplaced.map(({ needs }) => needs.service)).toEqual(['low']);
    const next = stored(state, plan);
    expect(preempted(next, pass(next, NOW + MINUTE))).toEqual([]);
    const roomy = {
      ...next,
      hosts: [...next.hosts, ...scene({ services: {}, tasks: [], hosts: { b: {} } }).hosts],
    };
    expect(placed(pass(roomy, NOW + MINUTE), roomy)).toEqual(['low-1 on h-b']);
  });

  it('goes to no equal in the pass in which the last victim is gone', () => {
    const state = ended(withMore(made(), { new: { priority: 90, preempt: 'never', cpuMillis: 1600 } }));
    expect(placed(pass(state), state)).toEqual(['web-1 on h-a']);
  });

  it('is kept until the last of several has ended', () => {
    const tasks = ['x', 'y'].map((service) => ({ on: 'a', service, cpuMillis: 1000 }));
    const services = {
      web: { priority: 90, preempt: 'atOnce', cpuMillis: 2000 },
      x: { priority: 20 },
      y: { priority: 30 },
    } as const;
    const state = made(scene({ services, tasks }));
    const half = ended(state, ({ service }) => service === 'x');
    const plan = pass(half);
    expect(placed(plan, half)).toEqual([]);
    expect(waits(plan, 'web')).toEqual(['waits for room on host h-a: 1 task of lower priority is leaving']);
    const whole = ended(stored(half, plan));
    expect(placed(pass(whole), whole)).toEqual(['web-1 on h-a']);
  });

  it('is forgotten with its host: the task asks anew', () => {
    const state = made();
    const [view] = state.hosts;
    const lost = { ...state, hosts: [{ ...view!, host: { ...view!.host, state: 'lost' as const } }] };
    const plan = pass(lost);
    expect(plan.unplaced.map(({ needs }) => needs.service)).toEqual(['web', 'low']);
    expect(waits(plan, 'web')).toEqual(['there is no host yet']);
  });

  it('is given up with the task: another one may have it', () => {
    const state = made();
    const gone = { ...state, revisions: before({ web: { replicas: 0 } }).revisions };
    const other = withMore(gone, { web: { replicas: 0 }, new: { priority: 30, cpuMillis: 900 } });
    expect(placed(pass(other), other)).toEqual(['new-1 on h-a']);
  });

  it('is found again by a pass of which only the manifest was stored', () => {
    const state = before();
    const plan = pass(state);
    const torn = { ...stored(state, plan), services: state.services };
    const next = pass(torn);
    expect(preempted(torn, next)).toEqual([]);
    expect(waits(next, 'web')).toEqual(waits(plan, 'web'));
  });
});

describe('who was told that no host can come', () => {
  it('keeps the room that was made, whatever is found of hosts later', () => {
    const services = { web: { priority: 90, cpuMillis: 1500 } };
    const state = made(before(services, noHostFor('shop/web-1')));
    const later = { ...state, ...noHostFor() };
    const plan = pass(later);
    expect(plan.unplaced.map(({ needs }) => needs.service)).toEqual(['low']);
    expect(placed(pass(ended(later)), later)).toEqual(['web-1 on h-a']);
  });

  it('takes nothing away in turns: each of lower priority only from still lower ones', () => {
    const services = {
      web: { priority: 90, preempt: 'atOnce', cpuMillis: 2000 },
      mid: { priority: 50, preempt: 'atOnce', cpuMillis: 2000 },
      low: { priority: 20, cpuMillis: 2000 },
    } as const;
    let state = scene({
      services,
      tasks: [
        { on: 'a', service: 'mid', priority: 50 },
        { on: 'b', service: 'low', priority: 20 },
      ],
    });
    const taken: string[] = [];
    for (let minute = 0; minute < 20; minute += 1) {
      const plan = pass(state, NOW + minute * MINUTE);
      taken.push(...preempted(state, plan));
      state = ended(stored(state, plan));
    }
    expect(taken).toEqual(['low-1 on h-b']);
    expect(state.hosts.map(({ manifest }) => manifest.assignments.map(({ service }) => service))).toEqual([
      ['mid'],
      ['web'],
    ]);
  });
});
