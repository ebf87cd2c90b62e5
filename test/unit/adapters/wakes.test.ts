import { describe, expect, it } from '@jest/globals';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { lambdaWakes } from '../../../functions/adapters/lambda/invoked-wakes.ts';
import { sqsReconcileWake, sqsTicks } from '../../../functions/adapters/sqs/queue-wakes.ts';
import { parseWakeBody } from '../../../functions/adapters/wake-body.ts';
import { ForbiddenError, ThrottledError, UnavailableError } from '../../../functions/usecases/errors.ts';
import { fakeClock, NOON_MS } from '../../support/fake-clock.ts';

const recording = (error?: Error) => {
  const sent: { name: string; input: Record<string, unknown> }[] = [];
  const send = (command: { input: Record<string, unknown>; constructor: { name: string } }) => {
    sent.push({ name: command.constructor.name, input: command.input });
    return error ? Promise.reject(error) : Promise.resolve({});
  };
  return { sent, sqs: { send } as unknown as SQSClient, lambda: { send } as unknown as LambdaClient };
};
const thrown = (name: string) => Object.assign(new Error(name), { name });
const clock = fakeClock();

describe('wakes through queues', () => {
  it('carry why, when and how many came before', async () => {
    const { sent, sqs } = recording();
    const options = { client: sqs, queueUrl: 'https://queue', clock, hop: () => 3 };
    await sqsReconcileWake(options).reconcile('a host reported');
    await sqsTicks({ ...options, hop: () => undefined }).tick(30);
    expect(sent).toEqual([
      {
        name: 'SendMessageCommand',
        input: {
          QueueUrl: 'https://queue',
          MessageBody: JSON.stringify({ why: 'a host reported', sentAtMs: NOON_MS, hop: 3 }),
          DelaySeconds: 0,
        },
      },
      {
        name: 'SendMessageCommand',
        input: {
          QueueUrl: 'https://queue',
          MessageBody: JSON.stringify({ why: 'tick', second: 30, sentAtMs: NOON_MS }),
          DelaySeconds: 30,
        },
      },
    ]);
  });

  it.each([
    ['RequestThrottled', ThrottledError],
    ['AccessDenied', ForbiddenError],
    ['TimeoutError', UnavailableError],
  ])('fail in our words: %s', async (name, kind) => {
    const { sqs } = recording(thrown(name));
    await expect(sqsReconcileWake({ client: sqs, queueUrl: 'x', clock }).reconcile('why')).rejects.toThrow(
      kind,
    );
  });
});

describe('wakes by invocation', () => {
  it('are asynchronous, of the function of that loop', async () => {
    const { sent, lambda } = recording();
    const wakes = lambdaWakes({ client: lambda, functions: { register: 'reg', provision: 'pro' }, clock });
    await wakes.register('an address');
    await wakes.provision('no room');
    expect(sent).toEqual(
      [
        ['reg', 'an address'],
        ['pro', 'no room'],
      ].map(([FunctionName, why]) => ({
        name: 'InvokeCommand',
        input: { FunctionName, InvocationType: 'Event', Payload: JSON.stringify({ why, sentAtMs: NOON_MS }) },
      })),
    );
  });

  it('are only those that this process may make', () => {
    const wakes = lambdaWakes({ client: recording().lambda, functions: { register: 'reg' }, clock });
    expect(Object.keys(wakes)).toEqual(['register']);
  });

  it.each([
    ['TooManyRequestsException', ThrottledError],
    ['AccessDeniedException', ForbiddenError],
    ['TimeoutError', UnavailableError],
  ])('fail in our words: %s', async (name, kind) => {
    const { lambda } = recording(thrown(name));
    const wakes = lambdaWakes({ client: lambda, functions: { register: 'reg' }, clock });
    await expect(wakes.register('why')).rejects.toThrow(kind);
  });

  it('pass unknown errors on', async () => {
    const { lambda } = recording(thrown('ResourceNotFoundException'));
    const wakes = lambdaWakes({ client: lambda, functions: { register: 'reg' }, clock });
    await expect(wakes.register('why')).rejects.toThrow('ResourceNotFoundException');
  });
});

describe('the body of a wake', () => {
  it('is read with what a newer version added', () => {
    const body = { why: 'w', sentAtMs: 1, hop: 2, second: 15, addedLater: true };
    expect(parseWakeBody(body)).toEqual({ why: 'w', sentAtMs: 1, hop: 2, second: 15 });
  });
  it.each([null, 'why', 5, {}, { why: 1, sentAtMs: 1 }, { why: 'w' }, []])('is none: %j', (value) => {
    expect(parseWakeBody(value)).toBeNull();
  });
});
