/** Wakes through queues: as a recorder, and over the emulator's SQS; the same cases. */
import { expect } from '@jest/globals';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sqsReconcileWake, sqsTicks } from '../../functions/adapters/sqs/queue-wakes.ts';
import { parseWakeBody } from '../../functions/adapters/wake-body.ts';
import type { WakeBody } from '../../functions/adapters/wake-body.ts';
import type { Wakes } from '../../functions/usecases/ports.ts';
import { clientOptions } from '../support/client-options.ts';
import { contractSuite, inProcess } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { NOON_MS } from '../support/fake-clock.ts';
import { recordedWakes } from '../support/in-memory/wakes.ts';
import { overEmulator } from '../support/over-emulator.ts';

interface Subject {
  readonly wakes: Pick<Wakes, 'reconcile' | 'tick'>;
  /** What a consumer of the wake queue, or of the tick queue, gets now. */
  readonly received: (queue: 'wake' | 'tick') => Promise<readonly (WakeBody | null)[]>;
  /** How many messages are on their way and not to be had yet. */
  readonly delayed: (queue: 'wake' | 'tick') => Promise<number>;
}

const why = (wakes: readonly (WakeBody | null)[]) => wakes.map((wake) => wake?.why).sort();

const cases: readonly Case<Subject>[] = [
  [
    'brings each wake to the reconcile loop, with its reason',
    async ({ wakes, received }) => {
      await wakes.reconcile('stack shop changed');
      await wakes.reconcile('a host reported');
      expect(why(await received('wake'))).toEqual(['a host reported', 'stack shop changed']);
      expect(await received('tick')).toEqual([]);
    },
  ],
  [
    'drops no equal wakes: both come',
    async ({ wakes, received }) => {
      await wakes.reconcile('same');
      await wakes.reconcile('same');
      expect(why(await received('wake'))).toEqual(['same', 'same']);
    },
  ],
  [
    'holds a delayed wake back',
    async ({ wakes, received, delayed }) => {
      await wakes.reconcile('in a while', 30);
      expect(await received('wake')).toEqual([]);
      expect(await delayed('wake')).toBe(1);
    },
  ],
  [
    'holds back a wake that is delayed by less than a second, or more than SQS can',
    async ({ wakes, received, delayed }) => {
      await wakes.reconcile('soon', 0.2);
      await wakes.reconcile('late', 100_000);
      expect(await delayed('wake')).toBe(2);
      expect(await received('wake')).toEqual([]);
    },
  ],
  [
    'takes a delay in the past for none',
    async ({ wakes, received }) => {
      await wakes.reconcile('overdue', -5);
      expect(why(await received('wake'))).toEqual(['overdue']);
    },
  ],
  [
    'delays each tick to its second, on a queue of its own',
    async ({ wakes, received, delayed }) => {
      for (const second of [15, 30, 45] as const) await wakes.tick(second);
      expect(await delayed('tick')).toBe(3);
      expect(await received('tick')).toEqual([]);
      expect(await delayed('wake')).toBe(0);
    },
  ],
];

const inMemory = inProcess<Subject>('in memory', () => {
  const wakes = recordedWakes();
  const of = (queue: 'wake' | 'tick') =>
    wakes.peek().filter((wake) => wake.loop === (queue === 'wake' ? 'reconcile' : 'tick'));
  const delayOf = (wake: ReturnType<typeof of>[number]): number =>
    wake.loop === 'tick' ? wake.second : wake.loop === 'reconcile' ? wake.delaySeconds : 0;
  return {
    wakes,
    received: (queue) =>
      Promise.resolve(
        of(queue)
          .filter((wake) => delayOf(wake) <= 0)
          .map((wake) => ({ why: 'why' in wake ? wake.why : 'tick', sentAtMs: NOON_MS })),
      ),
    delayed: (queue) => Promise.resolve(of(queue).filter((wake) => delayOf(wake) > 0).length),
  };
});

const overSqs = overEmulator<Subject>('SQS', (emulator) => {
  const client = new SQSClient({ ...clientOptions(emulator), useQueueUrlAsEndpoint: false });
  const clock = { nowMs: () => NOON_MS };
  let count = 0;
  const createQueue = async (name: string): Promise<string> =>
    (await client.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl!;
  const subject = (urls: Readonly<Record<'wake' | 'tick', string>>): Subject => ({
    wakes: {
      ...sqsReconcileWake({ client, queueUrl: urls.wake, clock }),
      ...sqsTicks({ client, queueUrl: urls.tick, clock }),
    },
    received: async (queue) => {
      const command = new ReceiveMessageCommand({ QueueUrl: urls[queue], MaxNumberOfMessages: 10 });
      const { Messages = [] } = await client.send(command);
      return Messages.map((message) => parseWakeBody(JSON.parse(message.Body ?? '')));
    },
    delayed: async (queue) => {
      const command = new GetQueueAttributesCommand({
        QueueUrl: urls[queue],
        AttributeNames: ['ApproximateNumberOfMessagesDelayed'],
      });
      const { Attributes } = await client.send(command);
      return Number(Attributes?.ApproximateNumberOfMessagesDelayed);
    },
  });
  return Promise.resolve({
    fresh: async () => {
      count += 1;
      return subject({ wake: await createQueue(`wake-${count}`), tick: await createQueue(`tick-${count}`) });
    },
    close: () => {
      client.destroy();
      return Promise.resolve();
    },
  });
});

contractSuite('Wakes', [inMemory, overSqs], cases);
