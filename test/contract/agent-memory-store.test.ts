/** What was learned of versions of the agent: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoAgentMemoryStore } from '../../functions/adapters/dynamodb/agent-memory-store.ts';
import { NOTHING_LEARNED } from '../../functions/core/model/agent.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { AgentMemoryStore } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess, type Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemoryAgentMemoryStore } from '../support/in-memory/agent-memory-store.ts';

const refused = [{ version: '0.2.0-abc', reason: 'it ended', atMs: 1000 }];

const cases: readonly Case<AgentMemoryStore>[] = [
  [
    'knows nothing until something was learned',
    async (store) => {
      expect(await store.load()).toEqual(NOTHING_LEARNED);
      await store.put({ proven: '0.1.0-abc', refused, version: 0 }, 0);
      expect(await store.load()).toEqual({ proven: '0.1.0-abc', refused, version: 1 });
      await store.put({ proven: null, refused: [], version: 1 }, 1);
      expect(await store.load()).toEqual({ proven: null, refused: [], version: 2 });
    },
  ],
  [
    'lets only one of two writers win',
    async (store) => {
      await store.put({ proven: '1', refused: [], version: 0 }, 0);
      for (const version of [0, 2])
        await expect(store.put({ proven: '2', refused: [], version }, version)).rejects.toThrow(
          ConflictError,
        );
      expect(await store.load()).toMatchObject({ proven: '1', version: 1 });
    },
  ],
];

contractSuite(
  'AgentMemoryStore',
  [
    inProcess<AgentMemoryStore>('in memory', inMemoryAgentMemoryStore),
    ...overDynamo('DynamoDB', dynamoAgentMemoryStore),
  ],
  cases,
);
