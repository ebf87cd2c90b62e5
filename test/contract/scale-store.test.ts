/** The autoscaler's rows and time lines: in memory and over DynamoDB, the same cases. */
import { expect } from '@jest/globals';
import { dynamoScaleStore } from '../../functions/adapters/dynamodb/scale-store.ts';
import { dynamoStackStore } from '../../functions/adapters/dynamodb/stack-store.ts';
import { dynamoTimeline } from '../../functions/adapters/dynamodb/timeline.ts';
import type { DynamoOptions } from '../../functions/adapters/dynamodb/table/table.ts';
import { NOTHING_PROPOSED } from '../../functions/core/model/autoscale.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { ScaleStore, StackStore, Timeline } from '../../functions/usecases/ports.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { NOON_MS } from '../support/fake-clock.ts';
import { inMemoryScaleStore } from '../support/in-memory/scale-store.ts';
import { inMemoryStackStore } from '../support/in-memory/stack-store.ts';
import { inMemoryTimeline } from '../support/in-memory/timeline.ts';
import { aHead, aPoint, aScale, aServiceState } from '../support/stored-rows.ts';

interface Subject {
  readonly scales: ScaleStore;
  readonly stacks: StackStore;
  readonly timeline: Timeline;
}

const cases: readonly Case<Subject>[] = [
  [
    'knows nothing at first',
    async ({ scales, timeline }) => {
      expect(await scales.list()).toEqual([]);
      expect(await scales.get('shop', 'web')).toBeNull();
      expect(await timeline.list({ stack: 'shop', service: 'web', sinceMs: 0, limit: 10 })).toEqual([]);
    },
  ],
  [
    'keeps a row as it was, one version later',
    async ({ scales }) => {
      await scales.put(aScale({ version: 77 }), 0);
      expect(await scales.get('shop', 'web')).toEqual(aScale({ version: 1 }));
      const bare = aScale({ replicas: null, memory: NOTHING_PROPOSED, manual: null });
      await scales.put(bare, 1);
      expect(await scales.list()).toEqual([{ ...bare, version: 2 }]);
    },
  ],
  [
    'lets one of two writers through: the tick and an operator write the same row',
    async ({ scales }) => {
      await scales.put(aScale(), 0);
      await scales.put(aScale({ replicas: 4 }), 1);
      await expect(scales.put(aScale({ manual: null }), 1)).rejects.toThrow(ConflictError);
      await expect(scales.put(aScale({ manual: null }), 0)).rejects.toThrow(ConflictError);
      expect(await scales.get('shop', 'web')).toEqual(aScale({ replicas: 4, version: 2 }));
    },
  ],
  [
    'removes a row only at its version',
    async ({ scales }) => {
      await scales.put(aScale(), 0);
      await expect(scales.remove('shop', 'web', 2)).rejects.toThrow(ConflictError);
      await scales.remove('shop', 'web', 1);
      expect(await scales.list()).toEqual([]);
      await expect(scales.remove('shop', 'web', 1)).rejects.toThrow(ConflictError);
    },
  ],
  [
    'never mixes its rows with heads and service states',
    async ({ scales, stacks }) => {
      await stacks.put(aHead(), 0);
      await stacks.putService(aServiceState(), 0);
      await scales.put(aScale({ service: 'web' }), 0);
      await scales.put(aScale({ service: 'api' }), 0);
      expect((await scales.list()).map(({ service }) => service)).toEqual(['api', 'web']);
      expect(await stacks.listServices()).toHaveLength(1);
      expect(await stacks.list()).toHaveLength(1);
    },
  ],
  [
    'lists a time line from a time on, oldest first, and the newest if there are too many',
    async ({ timeline }) => {
      for (const second of [30, 0, 15, 45]) await timeline.append(aPoint({ atMs: NOON_MS + second * 1000 }));
      await timeline.append(aPoint({ service: 'api' }));
      const seconds = async (sinceMs: number, limit: number) =>
        (await timeline.list({ stack: 'shop', service: 'web', sinceMs, limit })).map(
          ({ atMs }) => (atMs - NOON_MS) / 1000,
        );
      expect(await seconds(0, 10)).toEqual([0, 15, 30, 45]);
      expect(await seconds(NOON_MS + 15_000, 10)).toEqual([15, 30, 45]);
      expect(await seconds(NOON_MS + 15_001, 10)).toEqual([30, 45]);
      expect(await seconds(0, 2)).toEqual([30, 45]);
      expect(await timeline.list({ stack: 'shop', service: 'api', sinceMs: 0, limit: 10 })).toEqual([
        aPoint({ service: 'api' }),
      ]);
    },
  ],
  [
    'has one point a millisecond: the later word counts',
    async ({ timeline }) => {
      await timeline.append(aPoint());
      await timeline.append(aPoint({ wanted: 9 }));
      expect(await timeline.list({ stack: 'shop', service: 'web', sinceMs: 0, limit: 10 })).toEqual([
        aPoint({ wanted: 9 }),
      ]);
    },
  ],
];

contractSuite(
  'ScaleStore and Timeline',
  [
    inProcess<Subject>('in memory', () => ({
      scales: inMemoryScaleStore(),
      stacks: inMemoryStackStore(),
      timeline: inMemoryTimeline(),
    })),
    ...overDynamo('DynamoDB', (options: DynamoOptions) => ({
      scales: dynamoScaleStore(options),
      stacks: dynamoStackStore(options),
      timeline: dynamoTimeline(options),
    })),
  ],
  cases,
);
