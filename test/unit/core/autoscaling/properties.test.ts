import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundsAt } from '../../../../functions/core/autoscaling/bounds.ts';
import { decideAutoscale } from '../../../../functions/core/autoscaling/decide-autoscale.ts';
import { LOOK_GAP_MAX_MS } from '../../../../functions/core/autoscaling/looks.ts';
import {
  NOTHING_PROPOSED,
  type AutoscaleMemory,
  type AutoscaleSpec,
  type ReplicaLoad,
} from '../../../../functions/core/model/autoscale.ts';
import { taskId } from '../../../../functions/core/model/ids.ts';
import { hash32 } from '../../../../functions/core/random.ts';
import { NOW } from '../../../support/builders.ts';
import { autoscale, LOOK_MS, run, sharing } from './scenes.ts';

const ranged = { min: fc.integer({ min: 0, max: 12 }), max: fc.integer({ min: 0, max: 12 }) };
const specs: fc.Arbitrary<AutoscaleSpec> = fc.record({
  ...ranged,
  targets: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('cpu' as const), percent: fc.integer({ min: 1, max: 150 }) }),
      fc.record({
        kind: fc.constant('metric' as const),
        name: fc.constant('depth'),
        value: fc.integer({ min: 1, max: 50 }),
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  tolerancePercent: fc.integer({ min: 0, max: 30 }),
  windowOutMs: fc.constantFrom(0, 15_000, 60_000),
  stabilizationInMs: fc.constantFrom(0, 30_000, 120_000),
  cooldownOutMs: fc.constantFrom(0, 40_000, 90_000),
  cooldownInMs: fc.constantFrom(0, 40_000, 90_000),
  stepOutMax: fc.integer({ min: 1, max: 12 }),
  stepInMax: fc.integer({ min: 1, max: 12 }),
  schedules: fc.array(
    fc.record({
      ...ranged,
      days: fc.constant(['fri' as const]),
      from: fc.constantFrom('08:00', '08:03', '12:00'),
      to: fc.constantFrom('08:05', '09:00', '08:00'),
      timeZone: fc.constantFrom('UTC', 'Europe/Paris'),
    }),
    { maxLength: 2 },
  ),
});

interface Look {
  readonly afterMs: number;
  /** One replica a value: usage of every target, or null, or not ready. */
  readonly values: readonly (number | null | 'starting')[];
  readonly bounds: { readonly min: number; readonly max: number } | null;
}
const value = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 300 }), weight: 6 },
  { arbitrary: fc.constant(null), weight: 1 },
  { arbitrary: fc.constant('starting' as const), weight: 1 },
);
const looks: fc.Arbitrary<Look[]> = fc.array(
  fc.record({
    afterMs: fc.oneof(
      { arbitrary: fc.constant(LOOK_MS), weight: 12 },
      { arbitrary: fc.integer({ min: 1, max: 100_000 }), weight: 1 },
    ),
    values: fc.array(value, { maxLength: 8 }),
    bounds: fc.option(fc.record(ranged), { freq: 8 }),
  }),
  { minLength: 1, maxLength: 40 },
);

const replicasOf = (spec: AutoscaleSpec, values: Look['values']): ReplicaLoad[] =>
  values.map((one, index) => ({
    task: taskId(`web-${index}-aaaaaaaa`),
    isReady: one !== 'starting',
    usage: spec.targets.map(() => (one === 'starting' ? null : one)),
  }));

interface Step {
  readonly look: Look;
  readonly replicas: ReplicaLoad[];
  readonly before: number;
  readonly memoryBefore: AutoscaleMemory;
  readonly decision: ReturnType<typeof decideAutoscale>;
  readonly nowMs: number;
}

function play(spec: AutoscaleSpec, from: number, all: readonly Look[]): Step[] {
  let [wanted, memory, nowMs] = [from, NOTHING_PROPOSED, NOW];
  return all.map((look) => {
    nowMs += look.afterMs;
    const replicas = replicasOf(spec, look.values);
    const before = wanted;
    const memoryBefore = memory;
    const decision = decideAutoscale(
      spec,
      replicas,
      { replicas: before, memory, bounds: look.bounds },
      nowMs,
    );
    wanted = decision.replicas;
    memory = JSON.parse(JSON.stringify(decision.memory)) as AutoscaleMemory;
    expect(memory).toEqual(decision.memory);
    return { look, replicas, before, memoryBefore, decision, nowMs };
  });
}

const eachStep = (check: (step: Step, spec: AutoscaleSpec, earlier: readonly Step[]) => void): void =>
  fc.assert(
    fc.property(specs, fc.integer({ min: 0, max: 12 }), looks, (spec, from, all) => {
      const steps = play(spec, from, all);
      steps.forEach((step, index) => check(step, spec, steps.slice(0, index)));
    }),
    { numRuns: 150 },
  );
const boundsOf = (spec: AutoscaleSpec, { look, nowMs }: Step) => boundsAt(spec, look.bounds, nowMs);
/** It was outside of its bounds, and came within them. */
const isForced = (spec: AutoscaleSpec, step: Step): boolean => {
  const { min, max } = boundsOf(spec, step);
  return step.before < min || step.before > max;
};

describe('whatever the load, the rules and the gaps', () => {
  it('the number is within the bounds, and its direction and reason say what it does', () =>
    eachStep((step, spec) => {
      const { min, max } = boundsOf(spec, step);
      const { replicas, direction, reason } = step.decision;
      expect(replicas).toBeGreaterThanOrEqual(min);
      expect(replicas).toBeLessThanOrEqual(max);
      expect(direction).toBe(replicas > step.before ? 'out' : replicas < step.before ? 'in' : 'hold');
      if (direction !== 'hold') expect(reason.endsWith(`, so ${step.before} -> ${replicas}`)).toBe(true);
    }));

  it('a second look at the same time changes nothing', () =>
    eachStep(({ look, replicas, decision, nowMs }, spec) => {
      const current = { replicas: decision.replicas, memory: decision.memory, bounds: look.bounds };
      const again = decideAutoscale(spec, replicas, current, nowMs);
      expect(again).toMatchObject({
        replicas: decision.replicas,
        direction: 'hold',
        memory: decision.memory,
      });
    }));

  it('changes of load keep to steps and pauses', () =>
    eachStep((step, spec, earlier) => {
      if (isForced(spec, step) || step.decision.direction === 'hold') return;
      const isOut = step.decision.direction === 'out';
      expect(Math.abs(step.decision.replicas - step.before)).toBeLessThanOrEqual(
        isOut ? spec.stepOutMax : spec.stepInMax,
      );
      const last = earlier.findLast((one) => one.decision.direction === step.decision.direction);
      if (last)
        expect(step.nowMs - last.nowMs).toBeGreaterThanOrEqual(
          isOut ? spec.cooldownOutMs : spec.cooldownInMs,
        );
    }));

  it('more come only if every look of the window asked for more, fewer only to the most that one asked for', () =>
    eachStep((step, spec, earlier) => {
      if (isForced(spec, step) || step.decision.direction === 'hold') return;
      const isOut = step.decision.direction === 'out';
      const windowMs = isOut ? spec.windowOutMs : spec.stabilizationInMs;
      const all = [...earlier, step];
      const seen = all
        .filter(({ nowMs }) => nowMs >= step.nowMs - windowMs)
        .map((one) => one.decision.proposed);
      if (isOut) expect(step.decision.replicas).toBeLessThanOrEqual(Math.min(...seen));
      else expect(step.decision.replicas).toBeGreaterThanOrEqual(Math.max(...seen));
      // Every moment of the window was watched: no gap before the look that it begins with.
      const times = [...all.map(({ nowMs }) => nowMs)].reverse();
      let since = step.nowMs;
      for (const time of times) {
        if (since - time > LOOK_GAP_MAX_MS) break;
        since = time;
      }
      expect(step.nowMs - since).toBeGreaterThanOrEqual(windowMs - 2000);
    }));

  it('replicas that tell nothing never take any away, those not ready neither', () =>
    eachStep((step, spec) => {
      if (isForced(spec, step) || step.decision.direction !== 'in') return;
      const ready = step.look.values.filter((one) => one !== 'starting');
      const missing = ready.filter((one) => one === null).length;
      const known = ready.filter((one) => one !== null);
      expect(known.length).toBeGreaterThan(0);
      for (const target of spec.targets) {
        const aim = target.kind === 'metric' ? target.value : target.percent;
        const needed = known.reduce((total, one) => total + one, 0) / aim + missing;
        expect(step.decision.replicas).toBeGreaterThanOrEqual(needed - 1e-6);
      }
    }));

  it('more load never makes fewer replicas', () =>
    fc.assert(
      fc.property(
        specs,
        fc.integer({ min: 0, max: 12 }),
        looks,
        fc.nat(),
        fc.integer({ min: 1, max: 300 }),
        (spec, from, all, pick, more) => {
          const { look, before, memoryBefore, decision, nowMs } = play(spec, from, all).at(-1)!;
          const index = pick % Math.max(1, look.values.length);
          const values = look.values.map((one, at) =>
            at === index && typeof one === 'number' ? one + more : one,
          );
          const current = { replicas: before, memory: memoryBefore, bounds: look.bounds };
          const hotter = decideAutoscale(spec, replicasOf(spec, values), current, nowMs);
          expect(hotter.replicas).toBeGreaterThanOrEqual(decision.replicas);
        },
      ),
      { numRuns: 300 },
    ));

  it('what is remembered is bounded by the numbers of replicas, not by the length of the windows', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 400 }), (totals) => {
        const spec = autoscale({ windowOutMs: 3_600_000, stabilizationInMs: 86_400_000, max: 30 });
        const service = run(spec, 10);
        for (const total of totals) {
          const { memory } = service.look(sharing(total * 60, 10));
          expect(memory.proposals.length).toBeLessThanOrEqual(2 * 31 + 1);
        }
      }),
      { numRuns: 50 },
    ));
});

describe('under a steady load', () => {
  const chance = (seed: number, index: number): number => hash32(`${seed}/${index}`) / 2 ** 32;
  const turns = (numbers: readonly number[]): number[] => {
    const at: number[] = [];
    let last = 0;
    numbers.forEach((replicas, index) => {
      const way = index === 0 ? 0 : Math.sign(replicas - numbers[index - 1]!);
      if (way !== 0 && last !== 0 && way !== last) at.push(index);
      if (way !== 0) last = way;
    });
    return at;
  };
  const steady = (load: number, noise: (index: number) => number, from: number): number[] => {
    const service = run(autoscale({ max: 60, cooldownOutMs: 30_000, cooldownInMs: 60_000 }), from);
    return Array.from(
      { length: 240 },
      (_, index) => service.look((wanted) => sharing(load * 60 * noise(index), wanted)).replicas,
    );
  };

  it('whose noise is no wider than the dead band, the number settles and never comes back', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 40, noNaN: true }),
        fc.array(fc.double({ min: 1, max: 1.1, noNaN: true }), { minLength: 1, maxLength: 240 }),
        fc.integer({ min: 1, max: 60 }),
        (load, noise, from) => {
          const numbers = steady(load, (index) => noise[index % noise.length]!, from);
          expect(turns(numbers).length).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 50 },
    ));

  it('with chance noise twice as wide, it turns at most twice in ten minutes', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 40, noNaN: true }),
        fc.nat(),
        fc.integer({ min: 1, max: 60 }),
        (load, seed, from) => {
          const at = turns(steady(load, (index) => 0.9 + 0.2 * chance(seed, index), from));
          const within = at.map((first) => at.filter((one) => one >= first && one < first + 40).length);
          expect(Math.max(0, ...within)).toBeLessThanOrEqual(2);
        },
      ),
      { numRuns: 50 },
    ));
});
