/** Single flight of the loops: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoLoopLeases } from '../../functions/adapters/dynamodb/loop-leases.ts';
import type { LoopLeases } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { NOON_MS } from '../support/fake-clock.ts';
import { inMemoryLoopLeases } from '../support/in-memory/loop-leases.ts';

const TTL_MS = 10_000;
const acquire = (leases: LoopLeases, owner: string, afterMs = 0) =>
  leases.acquire('reconcile', owner, NOON_MS + afterMs, TTL_MS);
const renew = (leases: LoopLeases, owner: string, afterMs = 0) =>
  leases.renew('reconcile', owner, NOON_MS + afterMs, TTL_MS);

const cases: readonly Case<LoopLeases>[] = [
  [
    'lets one in at a time; the fence grows with each',
    async (leases) => {
      expect(await acquire(leases, 'a')).toBe(1);
      expect(await acquire(leases, 'b')).toBeNull();
      await renew(leases, 'a');
      expect(await leases.release('reconcile', 'a')).toBe(true);
      expect(await acquire(leases, 'b')).toBe(2);
    },
  ],
  [
    'keeps loops apart',
    async (leases) => {
      expect(await leases.acquire('reconcile', 'a', NOON_MS, TTL_MS)).toBe(1);
      expect(await leases.acquire('register', 'a', NOON_MS, TTL_MS)).toBe(1);
      expect(await leases.acquire('provision', 'b', NOON_MS, TTL_MS)).toBe(1);
    },
  ],
  [
    'lets exactly one of many in at once',
    async (leases) => {
      const owners = Array.from({ length: 8 }, (_, index) => `owner-${index}`);
      const fences = await Promise.all(owners.map((owner) => acquire(leases, owner)));
      expect(fences.filter((fence) => fence !== null)).toEqual([1]);
    },
  ],
  [
    'answers the owner who asks again with the fence it has',
    async (leases) => {
      expect(await acquire(leases, 'a')).toBe(1);
      expect(await acquire(leases, 'a')).toBe(1);
      expect(await renew(leases, 'a')).toEqual({ again: false });
    },
  ],
  [
    'passes an expired lease on, with a new fence, and lets the old owner neither renew nor spoil it',
    async (leases) => {
      expect(await acquire(leases, 'a')).toBe(1);
      expect(await acquire(leases, 'b', TTL_MS - 1)).toBeNull();
      expect(await acquire(leases, 'b', TTL_MS)).toBe(2);
      expect(await renew(leases, 'a', TTL_MS)).toBeNull();
      expect(await leases.release('reconcile', 'a')).toBe(true);
      expect(await acquire(leases, 'c', TTL_MS)).toBeNull();
      expect(await renew(leases, 'b', TTL_MS)).toEqual({ again: true });
    },
  ],
  [
    'lets the owner renew past the expiry while nobody else came',
    async (leases) => {
      await acquire(leases, 'a');
      expect(await renew(leases, 'a', 2 * TTL_MS)).toEqual({ again: false });
      expect(await acquire(leases, 'b', 2 * TTL_MS)).toBeNull();
    },
  ],
  [
    'remembers a wake that came meanwhile: told once by renew, and in the way of release',
    async (leases) => {
      await acquire(leases, 'a');
      expect(await renew(leases, 'a')).toEqual({ again: false });
      expect(await acquire(leases, 'b')).toBeNull();
      expect(await acquire(leases, 'c')).toBeNull();
      expect(await leases.release('reconcile', 'a')).toBe(false);
      expect(await leases.release('reconcile', 'a')).toBe(false);
      expect(await renew(leases, 'a')).toEqual({ again: true });
      expect(await renew(leases, 'a')).toEqual({ again: false });
      expect(await leases.release('reconcile', 'a')).toBe(true);
    },
  ],
  [
    'extends the lease by renewing',
    async (leases) => {
      await acquire(leases, 'a');
      await renew(leases, 'a', 5_000);
      expect(await acquire(leases, 'b', TTL_MS + 4_999)).toBeNull();
      expect(await acquire(leases, 'b', TTL_MS + 5_000)).toBe(2);
    },
  ],
  [
    'forgets the flag of an owner that never came back: the one who takes over looks anyway',
    async (leases) => {
      await acquire(leases, 'a');
      await acquire(leases, 'b');
      expect(await acquire(leases, 'c', TTL_MS)).toBe(2);
      expect(await renew(leases, 'c', TTL_MS)).toEqual({ again: false });
      expect(await leases.release('reconcile', 'c')).toBe(true);
    },
  ],
  [
    'knows nobody at first: nothing to renew, nothing to give up',
    async (leases) => {
      expect(await renew(leases, 'a')).toBeNull();
      expect(await leases.release('reconcile', 'a')).toBe(true);
    },
  ],
  [
    'loses no wake: what was there before a call is seen by a run that began after it',
    async (leases) => {
      let facts = 0;
      let seen = 0;
      const runAlone = async (name: string): Promise<void> => {
        facts += 1;
        if ((await acquire(leases, name)) === null) return;
        do {
          await renew(leases, name);
          seen = facts;
        } while (!(await leases.release('reconcile', name)));
      };
      for (let round = 0; round < 5; round += 1) {
        await Promise.all(['a', 'b', 'c', 'd'].map((name) => runAlone(`${name}-${round}`)));
        expect(seen).toBe(facts);
      }
    },
  ],
];

contractSuite(
  'LoopLeases',
  [inProcess<LoopLeases>('in memory', inMemoryLoopLeases), ...overDynamo('DynamoDB', dynamoLoopLeases)],
  cases,
);
