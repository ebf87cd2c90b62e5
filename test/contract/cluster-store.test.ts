/** The cluster's settings: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoClusterStore } from '../../functions/adapters/dynamodb/cluster-store.ts';
import { DEFAULT_SETTINGS } from '../../functions/core/model/cluster.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { ClusterStore } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess, outcomes } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemoryClusterStore } from '../support/in-memory/cluster-store.ts';

const cases: readonly Case<ClusterStore>[] = [
  [
    'gives the defaults at version 0 until somebody changes them',
    async (store) => {
      expect(await store.load()).toEqual({ settings: DEFAULT_SETTINGS, change: null, version: 0 });
    },
  ],
  [
    'gives back what was put, one version later',
    async (store) => {
      const settings = {
        ...DEFAULT_SETTINGS,
        pollMs: 1_000,
        pool: { ...DEFAULT_SETTINGS.pool, hostsMax: 3 },
      };
      const change = { number: 1, atMs: 1_800_000_000_000, message: 'pollMs = 1000, by tester' };
      await store.put(settings, change, 0);
      expect(await store.load()).toEqual({ settings, change, version: 1 });
    },
  ],
  [
    'lets one of two writers of the same version win',
    async (store) => {
      const puts = [1_000, 2_000].map((pollMs) => store.put({ ...DEFAULT_SETTINGS, pollMs }, null, 0));
      expect(await outcomes(puts)).toEqual(['ConflictError', 'ok']);
      await expect(store.put(DEFAULT_SETTINGS, null, 0)).rejects.toThrow(ConflictError);
      await store.put(DEFAULT_SETTINGS, null, 1);
      expect((await store.load()).version).toBe(2);
    },
  ],
];

contractSuite(
  'ClusterStore',
  [inProcess<ClusterStore>('in memory', inMemoryClusterStore), ...overDynamo('DynamoDB', dynamoClusterStore)],
  cases,
);
