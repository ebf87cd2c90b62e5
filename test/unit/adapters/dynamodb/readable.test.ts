/** Items of which some cannot be read: named, and the others handed out all the same. */
import { describe, expect, it } from '@jest/globals';
import { dynamoDirectoryStore } from '../../../../functions/adapters/dynamodb/directory-store.ts';
import { dynamoHostStore } from '../../../../functions/adapters/dynamodb/host-store.ts';
import {
  fromDirectoryHead,
  fromName,
} from '../../../../functions/adapters/dynamodb/items/directory-items.ts';
import { fromHost } from '../../../../functions/adapters/dynamodb/items/host-items.ts';
import { fromHead, fromService } from '../../../../functions/adapters/dynamodb/items/stack-items.ts';
import { fromManifest } from '../../../../functions/adapters/dynamodb/items/task-items.ts';
import { dynamoStackStore } from '../../../../functions/adapters/dynamodb/stack-store.ts';
import type { Item } from '../../../../functions/adapters/dynamodb/table/fields.ts';
import type { DynamoOptions } from '../../../../functions/adapters/dynamodb/table/table.ts';
import { EMPTY_HEAD, UNKNOWN_HEAD } from '../../../../functions/core/model/directory.ts';
import type { UnreadableRow } from '../../../../functions/core/model/unreadable.ts';
import { ThrottledError, UnreadableError } from '../../../../functions/usecases/errors.ts';
import { aHead, aHost, aManifest, aServiceState } from '../../../support/stored-rows.ts';

/** A table whose queries find these items. */
const holding = (...Items: Item[]): DynamoOptions => ({
  client: { send: () => Promise.resolve({ Items }) } as unknown as DynamoOptions['client'],
  table: 'berth',
});
const without = (item: Item, field: string): Item => ({ ...item, [field]: undefined });

describe('a list with an item that cannot be read', () => {
  it('hands out the others and names that one', async () => {
    const bad = { ...without(fromHost(aHost(), 1), 'launch'), sk: 'META#h-bbbbbbbbbb' };
    const left: UnreadableRow[] = [];
    const hosts = await dynamoHostStore(holding(fromHost(aHost(), 1), bad)).listHosts(left);
    expect(hosts).toEqual([aHost({ version: 1 })]);
    expect(left).toMatchObject([{ kind: 'host', subject: 'h-bbbbbbbbbb' }]);
    expect(left[0]?.why).toBe('stored item HOSTS#0/META#h-bbbbbbbbbb.launch is not a map');
  });

  it('says whose tasks an unreadable manifest still names', async () => {
    const good = fromManifest(aManifest(), 1);
    const [one] = good['assignments'] as Item[];
    const assignments = [without(one!, 'digest'), { ...one, service: 'db' }, 'nonsense', null, { stack: 1 }];
    const left: UnreadableRow[] = [];
    await dynamoHostStore(holding({ ...good, assignments })).listManifests(left);
    expect(left).toMatchObject([{ kind: 'manifest', services: ['shop/web', 'shop/db'] }]);
  });

  it('names stacks and services as decisions do', async () => {
    const left: UnreadableRow[] = [];
    await dynamoStackStore(holding(without(fromHead(aHead(), 1), 'wanted'))).list(left);
    await dynamoStackStore(holding(without(fromService(aServiceState(), 1), 'state'))).listServices(left);
    expect(left.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['stack', 'shop'],
      ['service', 'shop/web'],
    ]);
  });

  it('names what was applied to the zone with the version on which it may be written anew', async () => {
    const head = fromDirectoryHead({ ...EMPTY_HEAD, plan: 7 }, 3);
    const item = (owner: string): Item => fromName({ owner, records: [], tasks: {}, version: 0 }, 4);
    const bad = { ...item('db.shop'), version: 'four' };
    const left: UnreadableRow[] = [];
    const store = dynamoDirectoryStore(holding(without(head, 'plan'), item('web.shop'), bad));
    await expect(store.load(left)).resolves.toEqual({
      head: UNKNOWN_HEAD,
      names: [{ owner: 'web.shop', records: [], tasks: {}, version: 4 }],
    });
    expect(left.map(({ kind, subject, version }) => [kind, subject, version])).toEqual([
      ['directory', 'directory', 3],
      ['name', 'db.shop', undefined],
    ]);
    await expect(store.load()).rejects.toThrow(UnreadableError);
    await expect(dynamoDirectoryStore(holding()).load(left)).resolves.toEqual({
      head: EMPTY_HEAD,
      names: [],
    });
  });

  it('fails where nobody takes what cannot be read, and for every other error', async () => {
    const bad = without(fromHost(aHost(), 1), 'launch');
    await expect(dynamoHostStore(holding(bad)).listHosts()).rejects.toThrow(UnreadableError);
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    const options = {
      client: { send: () => Promise.reject(throttled) } as unknown as DynamoOptions['client'],
      table: 'berth',
    };
    await expect(dynamoHostStore(options).listHosts([])).rejects.toThrow(ThrottledError);
  });
});
