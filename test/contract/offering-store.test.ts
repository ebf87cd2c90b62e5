/** What EC2 or the account had none of: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoOfferingStore } from '../../functions/adapters/dynamodb/offering-store.ts';
import { NOTHING_SHORT, type OfferingMemory } from '../../functions/core/model/offering.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { OfferingStore } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess, type Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemoryOfferingStore } from '../support/in-memory/offering-store.ts';

const MEMORY: OfferingMemory = {
  shortages: [
    {
      instanceType: 'm7g.large',
      subnetId: 'subnet-a',
      zone: 'us-east-1a',
      market: 'on-demand',
      kind: 'no-capacity',
      message: 'none left',
      atMs: 1_000,
      untilMs: 181_000,
      times: 1,
    },
  ],
  limits: [{ quota: 'L-1216C47A', message: 'vCPUs', atMs: 2_000, untilMs: 62_000, times: 2 }],
  refusals: [{ pool: 'default', message: 'it has its 3 hosts' }],
  inVain: [{ replica: 'shop/web-3', digest: 'd1', atMs: 2_500 }],
  templates: [{ launchTemplateId: 'lt-1', version: '7' }],
  templatesAtMs: 3_000,
  version: 0,
};

const cases: readonly Case<OfferingStore>[] = [
  [
    'knows nothing until something was short, then all of it, and nothing again',
    async (store) => {
      expect(await store.load()).toEqual(NOTHING_SHORT);
      await store.put(MEMORY, 0);
      expect(await store.load()).toEqual({ ...MEMORY, version: 1 });
      await store.put(NOTHING_SHORT, 1);
      expect(await store.load()).toEqual({ ...NOTHING_SHORT, version: 2 });
    },
  ],
  [
    'lets only one of two writers win',
    async (store) => {
      await store.put(MEMORY, 0);
      for (const version of [0, 2])
        await expect(store.put(NOTHING_SHORT, version)).rejects.toThrow(ConflictError);
      expect(await store.load()).toEqual({ ...MEMORY, version: 1 });
    },
  ],
];

contractSuite(
  'OfferingStore',
  [
    inProcess<OfferingStore>('in memory', inMemoryOfferingStore),
    ...overDynamo('DynamoDB', dynamoOfferingStore),
  ],
  cases,
);
