/** What was applied to the zone: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoDirectoryStore } from '../../functions/adapters/dynamodb/directory-store.ts';
import { EMPTY_HEAD } from '../../functions/core/model/directory.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { DirectoryStore } from '../../functions/usecases/ports.ts';
import { aDirectoryHead, aDirectoryName } from '../support/stored-rows.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemoryDirectoryStore } from '../support/in-memory/directory-store.ts';

const cases: readonly Case<DirectoryStore>[] = [
  [
    'is empty at first',
    async (store) => {
      expect(await store.load()).toEqual({ head: EMPTY_HEAD, names: [] });
    },
  ],
  [
    'gives head and names back as they were, one version later',
    async (store) => {
      const leaving = aDirectoryName({
        owner: 'h-aaaaaaaaaa',
        tasks: { t: { state: 'leaving', plan: 2, ttlSeconds: 10, outAtMs: 99, final: true, serving: false } },
      });
      await store.putHead(aDirectoryHead(), 0);
      await store.putName(aDirectoryName(), 0);
      await store.putName(leaving, 0);
      expect(await store.load()).toEqual({
        head: aDirectoryHead({ version: 1 }),
        names: [{ ...leaving, version: 1 }, aDirectoryName({ version: 1 })],
      });
    },
  ],
  [
    'refuses a head or a name whose version is not the stored one',
    async (store) => {
      await store.putHead(aDirectoryHead(), 0);
      await expect(store.putHead(aDirectoryHead({ plan: 2 }), 0)).rejects.toThrow(ConflictError);
      await store.putHead(aDirectoryHead({ plan: 2, pending: [], soaTtlSeconds: null }), 1);
      await store.putName(aDirectoryName(), 0);
      await expect(store.putName(aDirectoryName(), 0)).rejects.toThrow(ConflictError);
      await expect(store.removeName('web.shop', 0)).rejects.toThrow(ConflictError);
      await store.removeName('web.shop', 1);
      expect(await store.load()).toEqual({
        head: aDirectoryHead({ plan: 2, pending: [], soaTtlSeconds: null, version: 2 }),
        names: [],
      });
    },
  ],
];

contractSuite(
  'DirectoryStore',
  [
    inProcess<DirectoryStore>('in memory', inMemoryDirectoryStore),
    ...overDynamo('DynamoDB', dynamoDirectoryStore),
  ],
  cases,
);
