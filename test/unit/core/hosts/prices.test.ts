/** Where a price is from, and what AWS is asked. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  afterQuestions,
  AFTER_FAILURE_MS,
  ASK_AGAIN_MS,
  MESSAGE_MAX,
  pricedTypes,
  QUESTIONS_MAX,
  TYPES_MAX,
  typesToAsk,
} from '../../../../functions/core/hosts/price-questions.ts';
import { listedPrice, priceOf, priceWords } from '../../../../functions/core/hosts/prices.ts';
import { poolsOf } from '../../../../functions/core/model/pool.ts';
import { NOTHING_TOLD, type PriceMemory, type PriceSource } from '../../../../functions/core/model/price.ts';
import { host, hostView, settings } from '../../../support/builders.ts';

const DAY = Date.parse('2026-11-29T10:00:00Z');
const SIZE = { cpuMillis: 2000, memoryBytes: 8 * 1024 ** 3 };
const memory = (over: Partial<PriceMemory>): PriceMemory => ({ ...NOTHING_TOLD, ...over });
const told = (instanceType: string, perHour: number | null, atMs = DAY) => ({ instanceType, perHour, atMs });
const words = (instanceType: string, over: Partial<PriceMemory>, source: PriceSource = 'pricing-api') =>
  priceWords(priceOf(instanceType, SIZE, { source, memory: memory(over) }));

describe('a price', () => {
  it('is what AWS told, with the day it told it', () => {
    expect(words('m7g.large', { told: [told('m7g.large', 0.0911)] })).toBe(
      "$0.0911/h (AWS's list price here, read on 2026-11-29)",
    );
    // The list of this project may lack a type that AWS knows.
    const book = { source: 'pricing-api' as const, memory: memory({ told: [told('zz9.large', 1.5)] }) };
    expect(priceOf('zz9.large', SIZE, book)).toMatchObject({ perHour: 1.5, isListed: true });
  });

  it('is else that of the list in this project, and says why', () => {
    const file = '$0.0816/h (list price of us-east-1, 2026-01-19';
    expect(words('m7g.large', {})).toBe(`${file}; the Pricing API was not asked yet)`);
    expect(words('m7g.large', { told: [told('m7g.large', null)] })).toBe(
      `${file}; the Pricing API has none)`,
    );
    const failure = { message: 'ThrottlingException: Rate exceeded', atMs: DAY };
    expect(words('m7g.large', { failure })).toBe(
      `${file}; the Pricing API did not tell on 2026-11-29 (ThrottlingException: Rate exceeded))`,
    );
    expect(words('m7g.large', { told: [told('m7g.large', 9)] }, 'file')).toBe(`${file})`);
  });

  it('that no list has is estimated, comes last, and says why', () => {
    expect(words('zz9.large', { told: [told('zz9.large', null)] })).toMatch(
      /^\$0\.\d+\/h \(estimated: the price list has no such type; the Pricing API has none\)$/,
    );
    const book = { source: 'pricing-api' as const, memory: NOTHING_TOLD };
    expect(listedPrice('zz9.large', book)).toBeNull();
  });

  it('is none where nothing has a price, and says so', () => {
    expect(words('m7g.large', { told: [told('m7g.large', 9)] }, 'synthetic')).toBe(
      '$0.0816/h (synthetic: nothing has a price here)',
    );
  });
});

describe('AWS is asked', () => {
  it('for types of pools and of hosts that are there, each once, pools first', () => {
    const first = poolsOf(settings())[0]!;
    const two = settings({ pools: { default: { ...first, instanceTypes: ['m7g.large', 'c7g.large'] } } });
    const hosts = [
      hostView(host('a', { launch: { ...host('a').launch, instanceType: 't4g.small' } })),
      hostView(host('b', { launch: { ...host('b').launch, instanceType: 'm5.large' }, state: 'terminated' })),
      hostView(host('c', { launch: { ...host('c').launch, instanceType: 'm7g.large' } })),
    ];
    expect(pricedTypes({ settings: two, hosts })).toEqual(['m7g.large', 'c7g.large', 't4g.small']);
  });

  it('for a type once a day, the ones that nobody asked for first', () => {
    const before = memory({ told: [told('b.large', 1, DAY), told('a.large', null, DAY + 1)] });
    const types = ['a.large', 'b.large', 'c.large'];
    expect(typesToAsk(before, types, DAY + 1000)).toEqual(['c.large']);
    expect(typesToAsk(before, types, DAY + ASK_AGAIN_MS)).toEqual(['c.large', 'b.large']);
    expect(typesToAsk(before, types, DAY + ASK_AGAIN_MS + 1)).toEqual(['c.large', 'b.large', 'a.large']);
  });

  it('for nothing for an hour after a failure', () => {
    const failed = memory({ failure: { message: 'no', atMs: DAY } });
    expect(typesToAsk(failed, ['a.large'], DAY + AFTER_FAILURE_MS - 1)).toEqual([]);
    expect(typesToAsk(failed, ['a.large'], DAY + AFTER_FAILURE_MS)).toEqual(['a.large']);
  });

  it('bounded, and ends: pass after pass every type that counts is asked for, then none', () => {
    const name = fc.integer({ min: 0, max: TYPES_MAX - 1 }).map((number) => `x${number}.large`);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: TYPES_MAX }), (types) => {
        let now = memory({});
        for (let pass = 0; pass <= TYPES_MAX / QUESTIONS_MAX; pass += 1) {
          const asked = typesToAsk(now, types, DAY);
          expect(asked.length).toBeLessThanOrEqual(QUESTIONS_MAX);
          const answers = asked.map((type) => told(type, 1));
          now = afterQuestions(now, types, { answers, failure: null, nowMs: DAY });
        }
        expect(typesToAsk(now, types, DAY)).toEqual([]);
        expect(now.told.map((one) => one.instanceType)).toEqual([...types].sort());
      }),
    );
  });
});

describe('what is kept', () => {
  it('is of types that still count, the newest answer of each, and one short failure', () => {
    const before = memory({ told: [told('a.large', 1), told('b.large', 2)], version: 4 });
    const next = afterQuestions(before, ['b.large', 'c.large'], {
      answers: [told('b.large', 3, DAY + 1)],
      failure: 'x'.repeat(1000),
      nowMs: DAY + 2,
    });
    expect(next).toEqual({
      told: [told('b.large', 3, DAY + 1)],
      failure: { message: 'x'.repeat(MESSAGE_MAX), atMs: DAY + 2 },
      version: 4,
    });
  });
});
