/** The rights that stores need: single items and Query of one table, no index, no scan, no batch; a transaction's too. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoDecisionLog } from '../../functions/adapters/dynamodb/decision-log.ts';
import { dynamoHostStore } from '../../functions/adapters/dynamodb/host-store.ts';
import { dynamoLoopLeases } from '../../functions/adapters/dynamodb/loop-leases.ts';
import type { DynamoOptions } from '../../functions/adapters/dynamodb/table/table.ts';
import { ForbiddenError } from '../../functions/usecases/errors.ts';
import { clientOptions } from '../support/client-options.ts';
import { createTable } from '../support/dynamo.ts';
import { fakeClock, NOON_MS } from '../support/fake-clock.ts';
import { startMinistack } from '../support/ministack.ts';
import type { Ministack } from '../support/ministack.ts';
import { aDecision, aHost, aLease, aManifest, HOST } from '../support/stored-rows.ts';

const TABLE = 'berth';
let emulator: Ministack;
const clients: DynamoDBClient[] = [];

/** A caller that may do so much with the table. */
const callerWith = async (name: string, ...actions: string[]): Promise<DynamoOptions> => {
  const Action = actions.map((action) => `dynamodb:${action}`);
  const Resource = `arn:aws:dynamodb:us-east-1:000000000000:table/${TABLE}`;
  const credentials = await emulator.user(name, [{ Effect: 'Allow', Action, Resource }]);
  const client = new DynamoDBClient({ ...clientOptions(emulator, credentials), maxAttempts: 1 });
  clients.push(client);
  return { client: DynamoDBDocumentClient.from(client), table: TABLE };
};

beforeAll(async () => {
  emulator = await startMinistack();
  const root = new DynamoDBClient(clientOptions(emulator));
  clients.push(root);
  await createTable(root, TABLE);
}, 60_000);

afterAll(async () => {
  for (const client of clients) client.destroy();
  await emulator.stop();
}, 60_000);

describe('stores', () => {
  it('need no more than rights on single items, and Query', async () => {
    const options = await callerWith('all', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    const hosts = dynamoHostStore(options);
    await hosts.putHost(aHost(), 0);
    await hosts.putManifest(aManifest(), 0);
    await hosts.putLease(aLease());
    expect(await hosts.getHost(HOST)).not.toBeNull();
    await hosts.removeHost(HOST, 1);
    expect(await hosts.listHosts()).toEqual([]);
    const decisions = dynamoDecisionLog({ ...options, clock: fakeClock() });
    const burst = [0, 1, 2].map((last) => aDecision({ id: `${aDecision().id.slice(0, -1)}${last}` }));
    for (const some of [[aDecision()], burst, burst]) await decisions.append(some);
    expect(await decisions.list({ limit: 5 })).toHaveLength(3);
    const leases = dynamoLoopLeases(options);
    expect(await leases.acquire('reconcile', 'me', NOON_MS, 1_000)).toBe(1);
    expect(await leases.acquire('reconcile', 'other', NOON_MS, 1_000)).toBeNull();
    expect(await leases.release('reconcile', 'me')).toBe(false);
  });

  it('say what is forbidden, the removal of a host included', async () => {
    const options = await callerWith('writer', 'PutItem');
    const hosts = dynamoHostStore(options);
    await hosts.putHost(aHost(), 0);
    await expect(hosts.removeHost(HOST, 1)).rejects.toThrow(ForbiddenError);
    await expect(hosts.getHost(HOST)).rejects.toThrow(ForbiddenError);
    await expect(hosts.listHosts()).rejects.toThrow(ForbiddenError);
    const leases = dynamoLoopLeases(options);
    await expect(leases.acquire('reconcile', 'me', NOON_MS, 1_000)).rejects.toThrow(ForbiddenError);
  });
});
