/** Whose connection is whose: the twin and DynamoDB. */
import { expect } from '@jest/globals';
import { dynamoSocketStore } from '../../functions/adapters/dynamodb/socket-store.ts';
import { hostId } from '../../functions/core/model/ids.ts';
import type { HostSocket } from '../../functions/core/model/socket.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { SocketStore } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess, outcomes, type Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { NOON_MS } from '../support/fake-clock.ts';
import { inMemorySocketStore } from '../support/in-memory/socket-store.ts';
import { HOST } from '../support/stored-rows.ts';

const OTHER = hostId('h-bbbbbbbbbb');

const at = (seconds: number, connection: string, host = HOST): HostSocket => ({
  host,
  connection,
  connectedAtMs: NOON_MS + seconds * 1000,
});

const cases: readonly Case<SocketStore>[] = [
  [
    'knows nothing at first',
    async (store) => {
      expect(await store.get(HOST)).toBeNull();
      expect(await store.hostOf('a=')).toBeNull();
    },
  ],
  [
    'gives back what was stored, by host and by connection',
    async (store) => {
      await store.put(at(0, 'a='));
      await store.put(at(0, 'b=', OTHER));
      expect(await store.get(HOST)).toEqual(at(0, 'a='));
      expect(await store.get(OTHER)).toEqual(at(0, 'b=', OTHER));
      expect(await store.hostOf('a=')).toBe(HOST);
      expect(await store.hostOf('b=')).toBe(OTHER);
    },
  ],
  [
    'takes a newer connection, and the same one again, but no older one',
    async (store) => {
      await store.put(at(1, 'a='));
      await store.put(at(2, 'b='));
      await store.put(at(2, 'b='));
      await expect(store.put(at(1, 'a='))).rejects.toThrow(ConflictError);
      expect(await store.get(HOST)).toEqual(at(2, 'b='));
    },
  ],
  [
    'ends with the newest of many that come at once',
    async (store) => {
      await outcomes([4, 1, 5, 3, 2].map((second) => store.put(at(second, `c${second}`))));
      expect(await store.get(HOST)).toEqual(at(5, 'c5'));
    },
  ],
  [
    'forgets a connection only while it is still the one',
    async (store) => {
      await store.put(at(1, 'a='));
      await store.put(at(2, 'b='));
      await store.forget(HOST, 'a=');
      expect(await store.get(HOST)).toEqual(at(2, 'b='));
      expect(await store.hostOf('a=')).toBeNull();
      await store.forget(HOST, 'b=');
      expect(await store.get(HOST)).toBeNull();
      expect(await store.hostOf('b=')).toBeNull();
      await store.forget(HOST, 'b=');
      await store.put(at(1, 'a='));
      expect(await store.get(HOST)).toEqual(at(1, 'a='));
    },
  ],
];

contractSuite(
  'SocketStore',
  [inProcess<SocketStore>('in memory', inMemorySocketStore), ...overDynamo('DynamoDB', dynamoSocketStore)],
  cases,
);
