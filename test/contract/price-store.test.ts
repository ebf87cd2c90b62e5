/** What AWS told of prices: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoPriceStore } from '../../functions/adapters/dynamodb/price-store.ts';
import { NOTHING_TOLD, type PriceMemory } from '../../functions/core/model/price.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { PriceStore } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess, type Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemoryPriceStore } from '../support/in-memory/price-store.ts';

const MEMORY: PriceMemory = {
  told: [
    { instanceType: 'm7g.large', perHour: 0.0816, atMs: 1_000 },
    { instanceType: 'zz9.large', perHour: null, atMs: 2_000 },
  ],
  failure: { message: 'ThrottlingException: Rate exceeded', atMs: 3_000 },
  version: 0,
};

const cases: readonly Case<PriceStore>[] = [
  [
    'knows nothing until something was told, then all of it, and nothing again',
    async (store) => {
      expect(await store.load()).toEqual(NOTHING_TOLD);
      await store.put(MEMORY, 0);
      expect(await store.load()).toEqual({ ...MEMORY, version: 1 });
      await store.put({ ...MEMORY, failure: null }, 1);
      expect(await store.load()).toEqual({ ...MEMORY, failure: null, version: 2 });
      await store.put(NOTHING_TOLD, 2);
      expect(await store.load()).toEqual({ ...NOTHING_TOLD, version: 3 });
    },
  ],
  [
    'lets only one of two writers win',
    async (store) => {
      await store.put(MEMORY, 0);
      for (const version of [0, 2])
        await expect(store.put(NOTHING_TOLD, version)).rejects.toThrow(ConflictError);
      expect(await store.load()).toEqual({ ...MEMORY, version: 1 });
    },
  ],
  [
    'holds as many types as are ever asked for',
    async (store) => {
      const told = Array.from({ length: 200 }, (_, index) => ({
        instanceType: `u7i-12tb.${index}xlarge`,
        perHour: 0.00001 * (index + 1),
        atMs: 1_800_000_000_000 + index,
      }));
      await store.put({ ...MEMORY, told }, 0);
      expect((await store.load()).told).toEqual(told);
    },
  ],
];

contractSuite(
  'PriceStore',
  [inProcess<PriceStore>('in memory', inMemoryPriceStore), ...overDynamo('DynamoDB', dynamoPriceStore)],
  cases,
);
