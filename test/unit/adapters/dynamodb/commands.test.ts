/** What is sent to DynamoDB, word for word: conditions and strong reads must not depend on an emulator's leniency. */
import { describe, expect, it } from '@jest/globals';
import { dynamoClusterStore } from '../../../../functions/adapters/dynamodb/cluster-store.ts';
import { dynamoDecisionLog } from '../../../../functions/adapters/dynamodb/decision-log.ts';
import { dynamoDirectoryStore } from '../../../../functions/adapters/dynamodb/directory-store.ts';
import { dynamoHostStore } from '../../../../functions/adapters/dynamodb/host-store.ts';
import { dynamoLoopLeases } from '../../../../functions/adapters/dynamodb/loop-leases.ts';
import { dynamoStackStore } from '../../../../functions/adapters/dynamodb/stack-store.ts';
import type { DynamoOptions } from '../../../../functions/adapters/dynamodb/table/table.ts';
import { DEFAULT_SETTINGS } from '../../../../functions/core/model/cluster.ts';
import { hostId } from '../../../../functions/core/model/ids.ts';
import { fakeClock, NOON_MS } from '../../../support/fake-clock.ts';
import {
  aDecision,
  aDirectoryHead,
  aDirectoryName,
  aHead,
  aHost,
  aLease,
  aManifest,
  aReport,
  aRevision,
  aServiceState,
  HOST,
} from '../../../support/stored-rows.ts';

interface Sent {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A client that notes what it is given and answers from a list, then with nothing. */
const recordingOptions = (...answers: object[]): DynamoOptions & { readonly sent: Sent[] } => {
  const sent: Sent[] = [];
  const send = (command: {
    readonly input: Record<string, unknown>;
    readonly constructor: { readonly name: string };
  }) => {
    sent.push({ name: command.constructor.name, input: command.input });
    const answer = answers.shift() ?? {};
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { client: { send } as unknown as DynamoOptions['client'], table: 'berth', sent };
};

const NEW = { ConditionExpression: 'attribute_not_exists(pk)' };
const at = (version: number) => ({
  ConditionExpression: '#version = :expected',
  ExpressionAttributeNames: { '#version': 'version' },
  ExpressionAttributeValues: { ':expected': version },
});

type Writes = (options: DynamoOptions, version: number) => Promise<void>;
const VERSIONED: readonly (readonly [string, Writes])[] = [
  ['settings', (options, version) => dynamoClusterStore(options).put(DEFAULT_SETTINGS, null, version)],
  ['a stack head', (options, version) => dynamoStackStore(options).put(aHead(), version)],
  ['the end of a stack head', (options, version) => dynamoStackStore(options).remove('shop', version)],
  ['a service state', (options, version) => dynamoStackStore(options).putService(aServiceState(), version)],
  [
    'the end of a service state',
    (options, version) => dynamoStackStore(options).removeService('shop', 'web', version),
  ],
  ['a host', (options, version) => dynamoHostStore(options).putHost(aHost(), version)],
  ['a manifest', (options, version) => dynamoHostStore(options).putManifest(aManifest(), version)],
  [
    'a directory head',
    (options, version) => dynamoDirectoryStore(options).putHead(aDirectoryHead(), version),
  ],
  [
    'a directory name',
    (options, version) => dynamoDirectoryStore(options).putName(aDirectoryName(), version),
  ],
  [
    'the end of a directory name',
    (options, version) => dynamoDirectoryStore(options).removeName('web.shop', version),
  ],
];

describe('writes', () => {
  it.each(VERSIONED)('%s: only if new, or still what was read', async (_, write) => {
    const options = recordingOptions();
    await write(options, 0);
    await write(options, 7);
    expect(options.sent.map(({ input }) => input)).toEqual([
      expect.objectContaining({ TableName: 'berth', ...NEW }),
      expect.objectContaining({ TableName: 'berth', ...at(7) }),
    ]);
    for (const [index, { name, input }] of options.sent.entries()) {
      const stored = input.Item as { readonly version: number } | undefined;
      if (name === 'PutCommand') expect(stored?.version).toBe(index === 0 ? 1 : 8);
      else expect(name).toBe('DeleteCommand');
    }
  });

  it('a report: only if the stored one is older, besides the version', async () => {
    const options = recordingOptions();
    await dynamoHostStore(options).putReport(aReport({ seq: 4 }), 0);
    await dynamoHostStore(options).putReport(aReport({ seq: 5 }), 2);
    expect(options.sent[0]?.input).toMatchObject(NEW);
    expect(options.sent[1]?.input).toMatchObject({
      ConditionExpression: '#version = :expected AND (#bootId <> :bootId OR #seq < :seq)',
      ExpressionAttributeNames: { '#version': 'version', '#bootId': 'bootId', '#seq': 'seq' },
      ExpressionAttributeValues: { ':expected': 2, ':bootId': 'boot-1', ':seq': 5 },
    });
  });

  it('a revision and a decision: only if new; a beat: only if newer within the boot', async () => {
    const options = recordingOptions();
    await dynamoStackStore(options).createRevision(aRevision());
    await dynamoDecisionLog({ ...options, clock: fakeClock() }).append([aDecision()]);
    await dynamoHostStore(options).putLease(aLease());
    expect(options.sent.map(({ name, input }) => [name, input.ConditionExpression])).toEqual([
      ['PutCommand', NEW.ConditionExpression],
      ['PutCommand', NEW.ConditionExpression],
      ['PutCommand', 'attribute_not_exists(pk) OR #bootId <> :bootId OR #seq < :seq'],
    ]);
    expect(options.sent[2]?.input).toMatchObject({
      ExpressionAttributeValues: { ':bootId': 'boot-1', ':seq': 1 },
    });
  });

  it('the end of a host: all its rows or none, the condition on the host’s own', async () => {
    const options = recordingOptions();
    await dynamoHostStore(options).removeHost(HOST, 3);
    const keyOf = (row: string) => ({ pk: 'HOSTS#0', sk: `${row}#${HOST}` });
    expect(options.sent).toEqual([
      {
        name: 'TransactWriteCommand',
        input: {
          TransactItems: [
            { Delete: { TableName: 'berth', Key: keyOf('META'), ...at(3) } },
            { Delete: { TableName: 'berth', Key: keyOf('MANIFEST') } },
            { Delete: { TableName: 'berth', Key: keyOf('REPORT') } },
            { Delete: { TableName: 'berth', Key: keyOf('LEASE') } },
          ],
        },
      },
    ]);
  });

  it('decisions: at most 16 at a time', async () => {
    let open = 0;
    let most = 0;
    const send = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
      return {};
    };
    const client = { send } as unknown as DynamoOptions['client'];
    const decisions = Array.from({ length: 100 }, (_, index) =>
      aDecision({ id: `${NOON_MS.toString(36).padStart(9, '0')}-${index}` }),
    );
    await dynamoDecisionLog({ client, table: 'berth', clock: fakeClock() }).append(decisions);
    expect(most).toBe(16);
  });
});

describe('reads', () => {
  it('are strongly consistent, all of them', async () => {
    const options = recordingOptions();
    await dynamoClusterStore(options).load();
    await dynamoDirectoryStore(options).load();
    const stacks = dynamoStackStore(options);
    await Promise.all([stacks.list(), stacks.get('shop'), stacks.getRevision('shop', 1)]);
    await Promise.all([stacks.latestRevision('shop'), stacks.listServices()]);
    const hosts = dynamoHostStore(options);
    await Promise.all([hosts.listHosts(), hosts.listManifests(), hosts.listReports(), hosts.listLeases()]);
    await Promise.all([hosts.getHost(HOST), hosts.getManifest(HOST), hosts.getReport(HOST)]);
    await dynamoDecisionLog({ ...options, clock: fakeClock() }).list({ limit: 1 });
    expect(options.sent.length).toBeGreaterThan(40);
    for (const { name, input } of options.sent) {
      expect(['GetCommand', 'QueryCommand']).toContain(name);
      expect(input.ConsistentRead).toBe(true);
    }
  });

  it('go on until the key of the last page is missing, over empty pages', async () => {
    const key = { pk: 'HOSTS#0', sk: 'META#x' };
    const host = (name: string) => ({
      ...aHost({ id: hostId(name), version: 1 }),
      pk: 'HOSTS#0',
      sk: `META#${name}`,
    });
    const options = recordingOptions(
      { Items: [host('h-1')], LastEvaluatedKey: key },
      { Items: [], LastEvaluatedKey: key },
      { Items: [host('h-2')] },
    );
    const hosts = await dynamoHostStore(options).listHosts();
    expect(hosts.map((one) => one.id)).toEqual(['h-1', 'h-2']);
    expect(options.sent.map(({ input }) => input.ExclusiveStartKey)).toEqual([undefined, key, key]);
  });

  it('of the newest decisions stop at the day that has enough, and go 31 days back at most', async () => {
    const item = { ...aDecision(), pk: 'EVENT#20261122', sk: 'x', version: 1 };
    const enough = recordingOptions({ Items: [item] });
    await dynamoDecisionLog({ ...enough, clock: fakeClock() }).list({ limit: 1 });
    expect(enough.sent).toHaveLength(1);
    const none = recordingOptions();
    await dynamoDecisionLog({ ...none, clock: fakeClock() }).list({ limit: 1 });
    const days = none.sent.map(({ input }) => (input.ExpressionAttributeValues as { ':pk': string })[':pk']);
    expect(days).toHaveLength(31);
    expect([days[0], days.at(-1)]).toEqual(['EVENT#20261122', 'EVENT#20261023']);
    expect(none.sent[0]?.input).toMatchObject({ Limit: 1, ScanIndexForward: false });
  });

  it('of decisions after an id never go back further than 400 days', async () => {
    const options = recordingOptions();
    await dynamoDecisionLog({ ...options, clock: fakeClock() }).list({ limit: 1, after: '000000001-1' });
    expect(options.sent).toHaveLength(401);
  });
});

describe('the lease of a loop', () => {
  it('is taken when free or expired, with a larger fence and no flag', async () => {
    const options = recordingOptions({ Attributes: { fence: 8 } });
    expect(await dynamoLoopLeases(options).acquire('reconcile', 'me', 1_000, 500)).toBe(8);
    expect(options.sent).toEqual([
      {
        name: 'UpdateCommand',
        input: expect.objectContaining({
          Key: { pk: 'LOOP', sk: 'reconcile' },
          ConditionExpression: 'attribute_not_exists(#owner) OR #expiresAtMs <= :now',
          UpdateExpression:
            'SET #owner = :me, #expiresAtMs = :expiry, #again = :no, #fence = if_not_exists(#fence, :zero) + :one',
          ReturnValues: 'ALL_NEW',
        }),
      },
    ]);
  });

  it('is given up only by its owner and only without the flag', async () => {
    const options = recordingOptions({ Attributes: {} });
    expect(await dynamoLoopLeases(options).release('reconcile', 'me')).toBe(true);
    expect(options.sent[0]?.input.ConditionExpression).toBe('#owner = :me AND #again = :no');
  });

  it('is the caller’s when the answer to its first request was lost: no second owner, no flag', async () => {
    const conflict = Object.assign(new Error(), { name: 'ConditionalCheckFailedException' });
    const options = recordingOptions(conflict, conflict, { Item: { owner: 'me', fence: 8 } });
    expect(await dynamoLoopLeases(options).acquire('reconcile', 'me', 1_000, 500)).toBe(8);
    expect(options.sent[1]?.input.ConditionExpression).toBe(
      'attribute_exists(#owner) AND #owner <> :me AND #expiresAtMs > :now',
    );
  });

  it('is not fought for without end', async () => {
    const conflict = Object.assign(new Error(), { name: 'ConditionalCheckFailedException' });
    const answers = Array.from({ length: 10 }, () => [conflict, conflict, {}]).flat();
    const options = recordingOptions(...answers);
    await expect(dynamoLoopLeases(options).acquire('reconcile', 'me', 1, 1)).rejects.toThrow('too fast');
    expect(options.sent).toHaveLength(30);
  });
});
