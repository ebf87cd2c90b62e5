import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { keyOf } from '../../../../local/route53/model/records/record-set.ts';
import type {
  Change,
  ChangeAction,
  RecordSet,
  RecordType,
} from '../../../../local/route53/model/records/record-set.ts';
import { change, testZone, ZONE } from './zone-for-tests.ts';

/** Few names and values, so that batches often meet what is there; no CNAME, so that a naive map can follow. */
const anyChange = fc
  .tuple(
    fc.constantFrom<ChangeAction>('CREATE', 'DELETE', 'UPSERT'),
    fc.constantFrom('a', 'b', 'A', 'a.b'),
    fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom('A 10.0.0.1', 'A 10.0.0.2', 'TXT "x"', 'SRV 1 1 1 h.') },
      { weight: 1, arbitrary: fc.constant('A bad') },
    ),
  )
  .map(([action, name, record]) => {
    const type = record.slice(0, record.indexOf(' ')) as RecordType;
    return change(action, name, type, record.slice(type.length + 1));
  });
const batches = fc.array(fc.array(anyChange, { minLength: 1, maxLength: 4 }), {
  minLength: 5,
  maxLength: 25,
});

/** What a zone is, said in the most naive way: a map, copied for each batch. Undefined: the batch is refused. */
function naiveApply(
  zone: ReadonlyMap<string, RecordSet>,
  batch: readonly Change[],
): Map<string, RecordSet> | undefined {
  const copy = new Map(zone);
  const seen = new Map<string, string>();
  for (const { action, set: asked } of batch) {
    const set = { ...asked, name: `${asked.name.toLowerCase()}.` };
    const key = keyOf(set);
    const earlier = seen.get(key);
    if (set.values.includes('bad') || (earlier !== undefined && `${earlier} ${action}` !== 'DELETE CREATE'))
      return undefined;
    seen.set(key, earlier === undefined ? action : 'twice');
    const existing = copy.get(key);
    if (action === 'CREATE' && existing !== undefined) return undefined;
    if (action === 'DELETE' && JSON.stringify(existing) !== JSON.stringify(set)) return undefined;
    if (action === 'DELETE') copy.delete(key);
    else copy.set(key, set);
  }
  return copy;
}

const lines = (zone: ReadonlyMap<string, RecordSet>) =>
  [...zone.values()].map((set) => [set.name, set.type, set.ttl, ...set.values].join(' ')).toSorted();

describe('a random sequence of batches', () => {
  it('keeps the zone equal to a naive map, and every refused batch changes nothing', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(batches, (sequence) => {
        const zone = testZone();
        let naive: ReadonlyMap<string, RecordSet> = new Map();
        for (const batch of sequence) {
          const next = naiveApply(naive, batch);
          if (next === undefined) {
            expect(zone.refusal(...batch)).toMatch(/^InvalidChangeBatch/);
            refused += 1;
          } else {
            zone.apply(...batch);
            naive = next;
            accepted += 1;
          }
          expect(zone.content().toSorted()).toEqual(lines(naive));
          expect(zone.model.countSets(ZONE)).toBe(naive.size + 2);
        }
      }),
      { numRuns: 300 },
    );
    // The property would prove nothing if one side hardly occurred.
    expect(Math.min(accepted, refused)).toBeGreaterThan(300);
  });

  it('serves at every moment exactly what was current one propagation delay ago', () => {
    const steps = fc.array(fc.tuple(fc.array(anyChange, { minLength: 1, maxLength: 3 }), fc.nat(3000)), {
      maxLength: 15,
    });
    fc.assert(
      fc.property(steps, (sequence) => {
        const zone = testZone({ requestsPerSecond: 1e9, processingMs: 0 });
        let naive: ReadonlyMap<string, RecordSet> = new Map();
        const history = [{ atMs: 0, naive }];
        for (const [batch, pauseMs] of sequence) {
          const next = naiveApply(naive, batch);
          if (next !== undefined) {
            zone.model.changeResourceRecordSets({ zoneId: ZONE, changes: batch });
            naive = next;
            history.push({ atMs: zone.clock.nowMs, naive });
          }
          zone.clock.nowMs += pauseMs;
          const expected = history.findLast((moment) => moment.atMs + 2000 <= zone.clock.nowMs)!.naive;
          const served = ['a', 'b', 'a.b'].flatMap((name) =>
            zone.model.served()[0]!.at(`${name}.shop.internal.`),
          );
          expect(lines(new Map(served.map((set) => [keyOf(set as RecordSet), set as RecordSet])))).toEqual(
            lines(expected),
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
