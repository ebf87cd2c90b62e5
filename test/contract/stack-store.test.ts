/** Stack heads, revisions, service states: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoStackStore } from '../../functions/adapters/dynamodb/stack-store.ts';
import { ConflictError, InvalidInputError } from '../../functions/usecases/errors.ts';
import type { StackStore } from '../../functions/usecases/ports.ts';
import { aHead, aRevision, aServiceState } from '../support/stored-rows.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemoryStackStore } from '../support/in-memory/stack-store.ts';

const cases: readonly Case<StackStore>[] = [
  [
    'knows nothing at first',
    async (store) => {
      expect(await store.list()).toEqual([]);
      expect(await store.listServices()).toEqual([]);
      expect(await store.get('shop')).toBeNull();
      expect(await store.getRevision('shop', 1)).toBeNull();
      expect(await store.latestRevision('shop')).toBe(0);
    },
  ],
  [
    'stores a head one version later, whatever version the head names',
    async (store) => {
      await store.put(aHead({ version: 77 }), 0);
      expect(await store.get('shop')).toEqual(aHead({ version: 1 }));
      await store.put(aHead({ wanted: 'absent', revision: 2 }), 1);
      expect(await store.list()).toEqual([aHead({ wanted: 'absent', revision: 2, version: 2 })]);
    },
  ],
  [
    'refuses a head whose version is not the stored one',
    async (store) => {
      await store.put(aHead(), 0);
      await expect(store.put(aHead({ revision: 2 }), 0)).rejects.toThrow(ConflictError);
      await expect(store.put(aHead({ revision: 2 }), 2)).rejects.toThrow(ConflictError);
      await expect(store.put(aHead({ name: 'other' }), 1)).rejects.toThrow(ConflictError);
      expect(await store.get('shop')).toEqual(aHead({ version: 1 }));
    },
  ],
  [
    'lists heads by name and never mixes them with service states',
    async (store) => {
      for (const name of ['shop', 'a', 'shop-2']) await store.put(aHead({ name }), 0);
      await store.putService(aServiceState(), 0);
      expect((await store.list()).map((head) => head.name)).toEqual(['a', 'shop', 'shop-2']);
      expect(await store.listServices()).toEqual([aServiceState({ version: 1 })]);
    },
  ],
  [
    'removes a head only at its version',
    async (store) => {
      await store.put(aHead(), 0);
      await expect(store.remove('shop', 2)).rejects.toThrow(ConflictError);
      await store.remove('shop', 1);
      expect(await store.get('shop')).toBeNull();
      await expect(store.remove('shop', 1)).rejects.toThrow(ConflictError);
      await store.put(aHead(), 0);
      expect((await store.get('shop'))?.version).toBe(1);
    },
  ],
  [
    'gives a revision back as it was, empty texts, odd keys and all',
    async (store) => {
      await store.createRevision(aRevision());
      expect(await store.getRevision('shop', 1)).toEqual(aRevision());
      expect(await store.getRevision('shop', 2)).toBeNull();
    },
  ],
  [
    'takes the same revision again and keeps the first, refuses another under its number',
    async (store) => {
      await store.createRevision(aRevision());
      await store.createRevision(aRevision({ createdBy: 'somebody else', createdAtMs: 5 }));
      expect(await store.getRevision('shop', 1)).toEqual(aRevision());
      await expect(store.createRevision(aRevision({ digest: 'sha256:two' }))).rejects.toThrow(ConflictError);
    },
  ],
  [
    'knows the highest number ever, per stack, also when the stack is gone',
    async (store) => {
      await store.put(aHead(), 0);
      for (const number of [2, 10, 9])
        await store.createRevision(aRevision({ number, digest: `sha256:${number}` }));
      await store.createRevision(aRevision({ stack: 'shop-2', number: 99 }));
      await store.remove('shop', 1);
      expect(await store.latestRevision('shop')).toBe(10);
      expect(await store.latestRevision('shop-2')).toBe(99);
    },
  ],
  [
    'stores a revision of 350 KB and refuses a larger one as the input of its writer',
    async (store) => {
      const sized = (bytes: number, number: number) => {
        const [web] = Object.values(aRevision().spec.services);
        const spec = {
          name: 'shop',
          services: { web: { ...web!, environment: { BIG: '"'.repeat(bytes) } } },
        };
        return aRevision({ number, spec });
      };
      await store.createRevision(sized(170_000, 1));
      expect((await store.getRevision('shop', 1))?.spec).toEqual(sized(170_000, 1).spec);
      await expect(store.createRevision(sized(180_000, 2))).rejects.toThrow(InvalidInputError);
      expect(await store.getRevision('shop', 2)).toBeNull();
    },
  ],
  [
    'keeps service states by stack and service, under their versions',
    async (store) => {
      await store.putService(aServiceState(), 0);
      await store.putService(aServiceState({ service: 'api', slots: {} }), 0);
      await store.putService(aServiceState({ stack: 'other' }), 0);
      await store.putService(aServiceState({ healthy: 2, state: 'converged' }), 1);
      await expect(store.putService(aServiceState(), 1)).rejects.toThrow(ConflictError);
      await expect(store.removeService('shop', 'web', 1)).rejects.toThrow(ConflictError);
      await store.removeService('shop', 'api', 1);
      expect(await store.listServices()).toEqual([
        aServiceState({ stack: 'other', version: 1 }),
        aServiceState({ healthy: 2, state: 'converged', version: 2 }),
      ]);
    },
  ],
];

contractSuite(
  'StackStore',
  [inProcess<StackStore>('in memory', inMemoryStackStore), ...overDynamo('DynamoDB', dynamoStackStore)],
  cases,
);
