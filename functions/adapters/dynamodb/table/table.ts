/**
 * The few things that stores do with the one table, with the ports' errors: reads (strongly consistent unless asked otherwise), writes under a
 * condition, exact paging. Keys are strings `pk`, `sk`; an item is its key, its `version` and its own fields.
 */
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient, QueryCommandInput, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { classifyError } from './classify-error.ts';
import type { Condition } from './conditions.ts';
import type { Item } from './fields.ts';

export interface DynamoOptions {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  /** Reads may miss what was written in the last moments, and cost half (`eventually`). Absent: they are strongly consistent. */
  readonly reads?: 'eventually' | undefined;
}

export interface Key extends Record<string, unknown> {
  readonly pk: string;
  readonly sk: string;
}

export interface Query {
  readonly pk: string;
  /** Only sort keys that begin so. */
  readonly skPrefix?: string;
  /** Only sort keys after this one. */
  readonly skAfter?: string;
  /** Only items whose attribute of that name has that value; billed as if they were read. */
  readonly only?: { readonly name: string; readonly value: string };
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

/** 1 MB a page: far more than any partition of ours holds; past it something is wrong and says so. */
export const PAGES_MAX = 1_000;

export interface Page {
  readonly items: readonly Item[];
  /** The last key that was looked at, to read on from; absent: there is nothing after it. */
  readonly last?: Key;
}

export interface Table {
  get(key: Key): Promise<Item | null>;
  /** All pages, or the first `limit` items. */
  query(query: Query): Promise<readonly Item[]>;
  /** The first `limit` items, or as many as a page holds; `from`: after that key. */
  page(query: Query, from?: Key): Promise<Page>;
  put(item: Item & Key, condition?: Condition): Promise<void>;
  remove(key: Key, condition?: Condition): Promise<void>;
  /** All or nothing; the condition is on the first key. */
  removeTogether(keys: readonly Key[], condition: Condition): Promise<void>;
  update(input: Omit<UpdateCommandInput, 'TableName'>): Promise<Item>;
}

export const openTable = ({ client, table, reads }: DynamoOptions): Table => {
  const TableName = table;
  const ConsistentRead = reads !== 'eventually';
  const page = async (query: Query, from?: Key): Promise<Page> => {
    const input = { ...queryInput(TableName, query), ConsistentRead };
    const command = new QueryCommand({ ...input, ...(from ? { ExclusiveStartKey: from } : {}) });
    const { Items = [], LastEvaluatedKey } = await classified(client.send(command), query.pk);
    return { items: Items, ...(LastEvaluatedKey ? { last: LastEvaluatedKey as Key } : {}) };
  };
  return {
    get: async (Key) => {
      const send = client.send(new GetCommand({ TableName, Key, ConsistentRead }));
      return (await classified(send, nameOf(Key))).Item ?? null;
    },
    query: (query) => queryPages(page, query),
    page,
    put: async (Item, condition) => {
      await classified(client.send(new PutCommand({ TableName, Item, ...condition })), nameOf(Item));
    },
    remove: async (Key, condition) => {
      await classified(client.send(new DeleteCommand({ TableName, Key, ...condition })), nameOf(Key));
    },
    removeTogether: async (keys, condition) => {
      const TransactItems = keys.map((Key, index) => ({
        Delete: { TableName, Key, ...(index === 0 ? condition : {}) },
      }));
      const what = keys.map(nameOf).join(', ');
      await classified(client.send(new TransactWriteCommand({ TransactItems })), what);
    },
    update: async (input) => {
      const send = client.send(new UpdateCommand({ TableName, ...input }));
      return (await classified(send, nameOf(input.Key as Key))).Attributes ?? {};
    },
  };
};

const nameOf = ({ pk, sk }: Key): string => `${pk}/${sk}`;

const classified = async <Result>(sent: Promise<Result>, what: string): Promise<Result> => {
  try {
    return await sent;
  } catch (error) {
    throw classifyError(error, what);
  }
};

const queryPages = async (page: Table['page'], query: Query): Promise<readonly Item[]> => {
  const wanted = query.limit ?? Infinity;
  const found: Item[] = [];
  let from: Key | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const { items, last } = await page(query, from);
    found.push(...items);
    // A page may be empty and still not the last one: only the missing key ends the reading.
    if (last === undefined || found.length >= wanted)
      return found.length > wanted ? found.slice(0, wanted) : found;
    from = last;
  }
  throw new Error(`${query.pk}: more than ${PAGES_MAX} pages`);
};

const queryInput = (table: string, query: Query): QueryCommandInput => {
  const { sort, values } = sortCondition(query);
  return {
    TableName: table,
    ScanIndexForward: query.newestFirst !== true,
    KeyConditionExpression: `pk = :pk${sort}`,
    ExpressionAttributeValues: {
      ':pk': query.pk,
      ...values,
      ...(query.only ? { ':only': query.only.value } : {}),
    },
    ...(query.only
      ? { FilterExpression: '#only = :only', ExpressionAttributeNames: { '#only': query.only.name } }
      : {}),
    // With a filter, Limit counts what is read and not what is kept: then whole pages are cheaper.
    ...(query.limit !== undefined && !query.only ? { Limit: query.limit } : {}),
  };
};

const sortCondition = ({ skPrefix, skAfter }: Query): { sort: string; values: Record<string, string> } => {
  if (skPrefix !== undefined)
    return { sort: ' AND begins_with(sk, :prefix)', values: { ':prefix': skPrefix } };
  if (skAfter !== undefined) return { sort: ' AND sk > :after', values: { ':after': skAfter } };
  return { sort: '', values: {} };
};
