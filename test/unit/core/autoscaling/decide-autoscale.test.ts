import { describe, expect, it } from '@jest/globals';
import { autoscale, LOOK_MS, replicasOf, run, sharing } from './scenes.ts';

describe('more replicas', () => {
  it('are not added for a spike of 30 s, and are for a load of 90 s', () => {
    const spike = run(autoscale(), 3);
    spike.looks(8, sharing(150, 3));
    spike.looks(3, sharing(249, 3));
    expect(spike.looks(8, sharing(150, 3)).map(({ direction }) => direction)).toEqual(Array(8).fill('hold'));
    const load = run(autoscale(), 3);
    load.looks(8, sharing(150, 3));
    const decisions = load.looks(6, sharing(249, 3));
    expect(decisions.map(({ replicas }) => replicas)).toEqual([3, 3, 3, 3, 5, 5]);
    expect(decisions[4]?.reason).toBe(
      'cpu 83 % of the reservation, target 60 %: 5 replicas for 60 s, so 3 -> 5',
    );
    expect(decisions[3]?.reason).toBe(
      'cpu 83 % of the reservation, target 60 %: 5 replicas asked for, but not yet for 60 s',
    );
  });

  it('are as many as the least that was asked for in the window', () => {
    const service = run(autoscale(), 2);
    for (const total of [600, 300, 400, 260]) service.look(sharing(total, 2));
    expect(service.look(sharing(500, 2)).replicas).toBe(5);
  });

  it('come for what was seen only: a gap in the looks begins the window anew', () => {
    const gap = run(autoscale(), 2);
    gap.looks(3, sharing(400, 2));
    expect(gap.look(sharing(400, 2), 600_000)).toMatchObject({ direction: 'hold', replicas: 2 });
    expect(gap.looks(4, sharing(400, 2)).map(({ replicas }) => replicas)).toEqual([2, 2, 2, 7]);
    const lost = run(autoscale(), 2);
    lost.looks(2, sharing(400, 2));
    expect(lost.look(sharing(400, 2), 2 * LOOK_MS).replicas).toBe(2);
    expect(lost.look(sharing(400, 2)).replicas).toBe(7);
  });

  it('are not asked for again while the first are on their way', () => {
    const service = run(autoscale(), 3);
    service.looks(5, sharing(360, 3));
    expect(service.wanted).toBe(6);
    const starting = replicasOf(120, 120, 120, 'starting', 'starting', 'starting');
    expect(service.looks(40, starting).map(({ replicas }) => replicas)).toEqual(Array(40).fill(6));
    expect(service.look(starting).reason).toBe('cpu 120 % of the reservation, target 60 %: 6 replicas stay');
  });

  it('are not added for one hot replica of five, however hot', () => {
    for (const hot of [100, 1000]) {
      const service = run(autoscale(), 5);
      service.looks(40, replicasOf(20, hot, 20, 20, 20));
      expect(service.wanted).toBeLessThanOrEqual(5);
      expect(
        run(autoscale(), 5)
          .looks(40, replicasOf(50, hot, 50, 50, 50))
          .at(-1)?.replicas,
      ).toBe(5);
    }
    const two = run(autoscale(), 5);
    two.looks(5, replicasOf(50, 400, 400, 50, 50));
    expect(two.wanted).toBe(16);
  });

  it('come in steps with a pause between them, up to max', () => {
    const service = run(autoscale({ stepOutMax: 2, cooldownOutMs: 40_000, max: 7 }), 2);
    const numbers = service.looks(14, sharing(900, 2)).map(({ replicas }) => replicas);
    expect(numbers).toEqual([2, 2, 2, 2, 4, 4, 4, 6, 6, 6, 7, 7, 7, 7]);
    expect(service.look(sharing(900, 2)).reason).toMatch(
      /15 replicas asked for, but max is 7 by the document$/,
    );
  });

  it('are asked for by the target that wants most', () => {
    const spec = autoscale({
      targets: [
        { kind: 'cpu', percent: 60 },
        { kind: 'metric', name: 'queue_depth', value: 5 },
      ],
    });
    const [replica] = replicasOf(30);
    const both = { ...replica!, usage: [30, 14], of: ['reservation', null] as const };
    const decision = run(spec, 1).looks(5, [both]).at(-1);
    expect(decision?.reason).toBe('queue_depth 14, target 5: 3 replicas for 60 s, so 1 -> 3');
  });
});

describe('fewer replicas', () => {
  it('come down to the most that was asked for within the window, which has to be watched whole', () => {
    const service = run(autoscale(), 10);
    const [first] = service.looks(1, sharing(120, 10));
    expect(first).toMatchObject({ proposed: 2, replicas: 10, wakeAtMs: service.nowMs + 300_000 });
    expect(first?.reason).toMatch(/2 replicas would do, but this is watched for 0 s of 300 s only$/);
    service.looks(9, sharing(120, 10));
    service.look(sharing(400, 10));
    expect(new Set(service.looks(9, sharing(120, 10)).map(({ replicas }) => replicas))).toEqual(
      new Set([10]),
    );
    const down = service.look(sharing(120, 10));
    expect(down).toMatchObject({ direction: 'in', replicas: 7 });
    expect(down.reason).toBe(
      'cpu 12 % of the reservation, target 60 %: no more than 7 replicas asked for in 300 s, so 10 -> 7',
    );
  });

  it('go in steps with a pause between them, down to min and never below one', () => {
    const spec = autoscale({ min: 2, stepInMax: 3, cooldownInMs: 30_000, stabilizationInMs: 0 });
    const service = run(spec, 8);
    const numbers = service.looks(6, (wanted) => sharing(0, wanted)).map(({ replicas }) => replicas);
    expect(numbers).toEqual([5, 5, 2, 2, 2, 2]);
    const last = run(autoscale({ min: 0, stabilizationInMs: 0 }), 3).look(sharing(0, 3));
    expect(last).toMatchObject({ replicas: 1, reason: expect.stringMatching(/\(min is 1\), so 3 -> 1$/) });
  });

  it('do not come of replicas that tell nothing', () => {
    const spec = autoscale({ stabilizationInMs: 0 });
    const silent = run(spec, 4).look(replicasOf(null, null, null, null));
    expect(silent).toMatchObject({ replicas: 4, direction: 'hold' });
    expect(silent.reason).toBe('cpu is not told by any of 4 replicas: 4 replicas stay');
    // Each that tells nothing counts as at its target.
    expect(run(spec, 4).look(replicasOf(10, 10, null, null)).replicas).toBe(3);
    const two = autoscale({
      stabilizationInMs: 0,
      targets: [
        { kind: 'cpu', percent: 60 },
        { kind: 'memory', percent: 60 },
      ],
    });
    const half = replicasOf(0, 0).map((one) => ({ ...one, usage: [0, null] }));
    expect(run(two, 2).look(half)).toMatchObject({ replicas: 2, direction: 'hold' });
  });

  it('do not come of replicas that have not served yet, nor when none does', () => {
    const spec = autoscale({ stabilizationInMs: 0 });
    expect(run(spec, 5).look(replicasOf(60, 60, 'starting', 'starting', 'starting')).replicas).toBe(5);
    const none = run(spec, 3).look(replicasOf('starting', 'starting', 'starting'));
    expect(none).toMatchObject({ replicas: 3, reason: 'cpu: no replica is ready: 3 replicas stay' });
    expect(run(spec, 3).look([]).replicas).toBe(3);
  });
});

describe('bounds', () => {
  // 2027-01-15 is a Friday; NOW is 08:00 UTC, 09:00 in Paris.
  const office = { days: ['fri'], from: '09:00', to: '18:00', timeZone: 'Europe/Paris' } as const;

  it('hold at once, without windows, pauses or steps', () => {
    const spec = autoscale({ min: 2, max: 20, schedules: [{ ...office, min: 6, max: 8 }], stepOutMax: 1 });
    const day = run(spec, 3);
    expect(day.look(sharing(30, 3))).toMatchObject({
      replicas: 6,
      direction: 'out',
      reason: 'min is 6 by the schedule fri 09:00-18:00 Europe/Paris, so 3 -> 6',
    });
    expect(run(spec, 12).look(sharing(900, 12))).toMatchObject({ replicas: 8, direction: 'in' });
    expect(run(spec, 1, Date.UTC(2027, 0, 16, 9)).look(sharing(60, 1)).replicas).toBe(2);
  });

  it('set by hand take the place of the document’s and of its schedules', () => {
    const spec = autoscale({ min: 2, schedules: [{ ...office, min: 6, max: 8 }] });
    const service = run(spec, 3);
    service.bounds = { min: 4, max: 4 };
    expect(service.look(sharing(60, 3)).reason).toBe('min is 4 set by hand, so 3 -> 4');
    service.bounds = { min: 0, max: 0 };
    expect(service.look(sharing(60, 4)).replicas).toBe(0);
    service.bounds = null;
    expect(service.look([]).replicas).toBe(6);
  });
});

describe('a target of 0 % tolerance', () => {
  it('still stays where the sum is exact', () => {
    const spec = autoscale({
      tolerancePercent: 0,
      windowOutMs: 0,
      targets: [{ kind: 'cpu', percent: 0.1 * 3 }],
    });
    expect(run(spec, 3).look(replicasOf(0.3, 0.3, 0.3)).replicas).toBe(3);
  });
});
