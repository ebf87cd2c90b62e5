/** The note of the last sweep: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoSweepStore } from '../../functions/adapters/dynamodb/sweep-store.ts';
import { NEVER_SWEPT } from '../../functions/core/model/sweep.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { SweepStore } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess, type Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemorySweepStore } from '../support/in-memory/sweep-store.ts';

const cases: readonly Case<SweepStore>[] = [
  [
    'says that nobody has looked until somebody has',
    async (store) => {
      expect(await store.load()).toEqual(NEVER_SWEPT);
      await store.note({ sweptAtMs: 1000, freshFromMs: 500 });
      expect(await store.load()).toEqual({ sweptAtMs: 1000, freshFromMs: 500 });
    },
  ],
  [
    'keeps the later one of two',
    async (store) => {
      await store.note({ sweptAtMs: 2000, freshFromMs: 0 });
      for (const sweptAtMs of [1000, 2000])
        await expect(store.note({ sweptAtMs, freshFromMs: 7 })).rejects.toThrow(ConflictError);
      await store.note({ sweptAtMs: 3000, freshFromMs: 0 });
      expect((await store.load()).sweptAtMs).toBe(3000);
    },
  ],
];

contractSuite(
  'SweepStore',
  [inProcess<SweepStore>('in memory', inMemorySweepStore), ...overDynamo('DynamoDB', dynamoSweepStore)],
  cases,
);
