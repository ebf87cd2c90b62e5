import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideAutoscale } from '../../../../functions/core/autoscaling/decide-autoscale.ts';
import { NOTHING_PROPOSED } from '../../../../functions/core/model/autoscale.ts';
import { replay, type Decide, type Replay } from '../../../../functions/core/simulation/replay.ts';
import { autoscale } from '../autoscaling/scenes.ts';

/** Wants the numbers of a list, one a look. */
const planned = (numbers: readonly number[]): Replay<number> => ({
  load: [],
  capacity: 10,
  startUpSeconds: 20,
  lookSeconds: 15,
  startMs: 0,
  replicas: 1,
  memory: 0,
  decide: (_replicas, { replicas, memory }) => {
    const wanted = numbers[memory] ?? replicas;
    const direction = wanted > replicas ? 'out' : wanted < replicas ? 'in' : 'hold';
    return { replicas: wanted, direction, reason: `look ${memory}`, memory: memory + 1 };
  },
  usageOf: (perReplica) => [perReplica * 10],
  ground: null,
});
const constant = (units: number, seconds: number): number[] => Array.from({ length: seconds }, () => units);

describe('a replayed load', () => {
  it('is served by replicas that are ready, and by those that were ordered only after their start-up', () => {
    const { frames, totals } = replay({ ...planned([3]), load: constant(25, 60) });
    expect(frames.map(({ second, wanted, ready }) => [second, wanted, ready])).toEqual([
      [0, 1, 1],
      [15, 3, 1],
      [30, 3, 3],
      [45, 3, 3],
    ]);
    // 15 of 25 for 35 s, then nothing: the order came at 15 s.
    expect(totals.unserved).toBeCloseTo(35 * 15);
    expect(totals).toMatchObject({
      seconds: 60,
      load: 1500,
      replicaSeconds: 15 + 45 * 3,
      oracleSeconds: 60 * 3,
      changes: 1,
    });
  });

  it('takes away the newest first, so those that were ready stay ready', () => {
    const { frames } = replay({ ...planned([4, 1, 2]), load: constant(10, 75) });
    expect(frames.map(({ wanted, ready }) => [wanted, ready])).toEqual([
      [1, 1],
      [4, 1],
      [1, 1],
      [2, 1],
      [2, 2],
    ]);
  });

  it('counts the seconds that are left over after the last whole look', () => {
    const { totals, frames } = replay({ ...planned([]), load: constant(5, 20) });
    expect(frames.map(({ seconds }) => seconds)).toEqual([15, 5]);
    expect(totals).toMatchObject({ seconds: 20, load: 100, replicaSeconds: 20, unserved: 0 });
    expect(replay({ ...planned([]), load: [] })).toMatchObject({
      frames: [],
      totals: { seconds: 0, load: 0 },
    });
  });

  it('shows a look the mean of the seconds before it, at most what a replica can serve', () => {
    const seen: (number | null)[] = [];
    const watching: Decide<number> = (replicas, { replicas: wanted, memory }) => {
      seen.push(replicas[0]?.usage[0] ?? null);
      return { replicas: wanted, direction: 'hold', reason: '', memory };
    };
    const load = [...constant(2, 14), 17, ...constant(30, 30)];
    replay({ ...planned([]), load, decide: watching });
    expect(seen).toEqual([30, 100]);
  });

  it('knows nothing of what comes: equal pasts give equal decisions', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 60, maxLength: 600 }),
        fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 300 }),
        (past, future) => {
          const of = (load: readonly number[]) =>
            replay({
              ...planned([]),
              load,
              replicas: 3,
              memory: NOTHING_PROPOSED,
              decide: (replicas, current, nowMs) =>
                decideAutoscale(autoscale(), replicas, { ...current, bounds: null }, nowMs),
            }).frames;
          const whole = Math.floor(past.length / 15);
          expect(of([...past, ...future]).slice(0, whole)).toEqual(of(past).slice(0, whole));
        },
      ),
      { numRuns: 50 },
    ));
});
