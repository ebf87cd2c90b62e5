/** Properties: whatever is asked in whatever order, a token makes one launch for each zone, and the model stays whole. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modelForTests } from './model-for-tests.ts';

type Step =
  | { readonly kind: 'launch'; readonly token: string; readonly subnet: 0 | 1 | 2; readonly count: 1 | 2 }
  | { readonly kind: 'terminate'; readonly which: number }
  | { readonly kind: 'fail'; readonly lost: boolean }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('launch' as const),
      token: fc.constantFrom('t1', 't2', 't3'),
      subnet: fc.constantFrom(0 as const, 1 as const, 2 as const),
      count: fc.constantFrom(1 as const, 2 as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('terminate' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), lost: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3000) }) },
);

/** Runs the steps; the reservations by zone and token as the test itself books them. */
function run(steps: readonly Step[]) {
  const { model, clock, account, launch } = modelForTests({ vcpuLimit: 1000 });
  const subnets = [account.subnetA, account.subnetA2, account.subnetB];
  const launched = new Map<
    string,
    { readonly ids: readonly string[]; readonly subnet: number; readonly count: number }
  >();
  const outcomes: string[] = [];
  for (const one of steps) {
    if (one.kind === 'wait') clock.nowMs += one.ms;
    if (one.kind === 'fail' && one.lost) model.faults.loseReply('RunInstances');
    if (one.kind === 'fail' && !one.lost) model.faults.failNext('RunInstances', { code: 'InternalError' });
    if (one.kind === 'terminate') {
      const id = model.instances()[one.which]?.id;
      if (id !== undefined) model.call('TerminateInstances', { InstanceIds: [id] });
    }
    if (one.kind !== 'launch') continue;
    const { token, subnet, count } = one;
    const key = `${token} ${subnet === 2 ? 'b' : 'a'}`;
    const before = model.instances().length;
    try {
      const ids = launch({
        ClientToken: token,
        SubnetId: subnets[subnet]!,
        MinCount: count,
        MaxCount: count,
      });
      outcomes.push(ids.join());
      const earlier = launched.get(key);
      if (earlier === undefined) launched.set(key, { ids, subnet, count });
      else {
        expect({ ids, subnet, count }).toEqual(earlier);
        expect(model.instances()).toHaveLength(before);
      }
    } catch (error) {
      const { name } = error as Error;
      outcomes.push(name);
      const made = model.instances().slice(before);
      // A lost reply may have launched: the token's instances are booked from the model then.
      if (name === 'ReplyLostError' && made.length > 0)
        launched.set(key, { ids: made.map(({ id }) => id), subnet, count });
      else expect(made).toHaveLength(0);
    }
  }
  return { model, launched, outcomes };
}

describe('client tokens', () => {
  it('make one launch for each zone, whatever comes between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { model, launched } = run(steps);
        const booked = [...launched.values()].flatMap(({ ids }) => ids).sort();
        expect(
          model
            .instances()
            .map(({ id }) => id)
            .sort(),
        ).toEqual(booked);
        const alive = model.instances().filter(({ state }) => state !== 'terminated');
        expect(new Set(alive.map(({ address }) => address)).size).toBe(alive.length);
      }),
      { numRuns: 300 },
    );
  });

  it('give the same answers for the same steps and seed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        expect(run(steps).outcomes).toEqual(run(steps).outcomes);
      }),
      { numRuns: 50 },
    );
  });
});
