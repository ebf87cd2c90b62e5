/**
 * The operations on items that the stores call, over rows in memory; a member that is not modelled is refused. Units are
 * counted as DynamoDB bills them: a write by the larger of the item before and after, a failed condition like a write, a
 * transaction twice (Developer Guide, "DynamoDB read and write operations").
 */
import type { WireItem } from './attribute.ts';
import { conditionFailed, DynamoError, ValidationError } from './errors.ts';
import { parseCondition, parseUpdate, type Scope } from './expressions.ts';
import { readUnits, writeUnits, type Meter } from './meter.ts';
import { queryPage, type QueryRequest } from './queries.ts';
import { keyOf, rowOf, type Row, type RowKey, type Rows } from './rows.ts';
import { scopeOf, type Placeholders } from './scope.ts';

interface Write extends Placeholders {
  readonly ConditionExpression?: string;
}
interface Put extends Write {
  readonly Item: WireItem;
}
interface OfKey extends Write {
  readonly Key: WireItem;
}
interface Update extends OfKey {
  readonly UpdateExpression: string;
  readonly ReturnValues?: string;
}
interface Get {
  readonly Key: WireItem;
  readonly ConsistentRead?: boolean;
}
interface Transaction {
  readonly TransactItems: readonly { readonly Delete?: OfKey }[];
}

type Operation = (request: never) => string;

/** API Reference, TransactWriteItems. */
export const TRANSACTION_MAX = 100;

const EXPRESSION = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const CONDITION = ['TableName', 'ConditionExpression', ...EXPRESSION];
/** What each operation may be asked with. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  GetItem: ['TableName', 'Key', 'ConsistentRead'],
  PutItem: [...CONDITION, 'Item'],
  DeleteItem: [...CONDITION, 'Key'],
  UpdateItem: [...CONDITION, 'Key', 'UpdateExpression', 'ReturnValues'],
  Query: [
    ...['TableName', 'KeyConditionExpression', 'FilterExpression', 'ScanIndexForward', 'Limit'],
    ...['ExclusiveStartKey', 'ConsistentRead', ...EXPRESSION],
  ],
  TransactWriteItems: ['TransactItems', 'ClientRequestToken'],
};

/** Answers an operation with its reply as JSON. @throws DynamoError for what DynamoDB would refuse */
export function createOperations(rows: Rows, meter: Meter): (operation: string, request: object) => string {
  const operations: Readonly<Record<string, Operation | undefined>> = {
    GetItem: ({ Key, ConsistentRead }: Get) => {
      const key = keyOf(Key);
      const row = rows.get(key);
      meter.read(key.pk, readUnits(row?.bytes ?? 0) * (ConsistentRead === true ? 1 : 0.5));
      return row === undefined ? '{}' : `{"Item":${row.text}}`;
    },
    PutItem: (request: Put) => {
      write(rows, meter, { key: keyOf(request.Item), request, next: () => rowOf(request.Item) });
      return '{}';
    },
    DeleteItem: (request: OfKey) => {
      write(rows, meter, { key: keyOf(request.Key), request, next: () => undefined });
      return '{}';
    },
    UpdateItem: (request: Update) => updateItem(rows, meter, request),
    Query: (request: QueryRequest) => queryPage(rows, request, meter),
    TransactWriteItems: (request: Transaction) => transact(rows, meter, request),
  };
  return (operation, request) => {
    const act = operations[operation];
    const allowed = MEMBERS[operation] ?? [];
    if (act === undefined) throw new Error(`the DynamoDB model does not know ${operation}`);
    const strange = Object.keys(request).filter((member) => !allowed.includes(member));
    if (strange.length > 0)
      throw new Error(`the DynamoDB model does not know ${strange.join()} of ${operation}`);
    meter.call(operation);
    return act(request as never);
  };
}

interface Change {
  readonly key: RowKey;
  readonly request: Write;
  /** What is there afterwards; undefined: nothing. */
  readonly next: (before: Row | undefined, scope: Scope) => Row | undefined;
}

/** @throws DynamoError when the condition does not hold: that costs, and changes nothing */
function write(
  rows: Rows,
  meter: Meter,
  { key, request, next }: Change,
): [before: Row | undefined, after: Row | undefined] {
  const before = rows.get(key);
  const scope = scopeOf(request);
  const isAllowed = holds(request, before, scope);
  const after = next(before, scope);
  scope.assertAllUsed();
  meter.write(key.pk, writeUnits(Math.max(before?.bytes ?? 0, after?.bytes ?? 0)));
  if (!isAllowed) throw conditionFailed();
  if (after === undefined) rows.remove(key);
  else rows.put(key, after);
  return [before, after];
}

const holds = ({ ConditionExpression: text }: Write, row: Row | undefined, scope: Scope): boolean =>
  text === undefined || parseCondition(text)(row?.item ?? {}, scope);

function updateItem(rows: Rows, meter: Meter, request: Update): string {
  const { Key, UpdateExpression, ReturnValues = 'NONE' } = request;
  const update = parseUpdate(UpdateExpression);
  const next = (before: Row | undefined, scope: Scope): Row => rowOf(update(before?.item ?? Key, scope));
  const [before, after] = write(rows, meter, { key: keyOf(Key), request, next });
  const told = { NONE: undefined, ALL_OLD: before, ALL_NEW: after };
  if (!(ReturnValues in told)) throw new Error(`the DynamoDB model does not know ${ReturnValues}`);
  const row = told[ReturnValues as keyof typeof told];
  return row === undefined ? '{}' : `{"Attributes":${row.text}}`;
}

function transact(rows: Rows, meter: Meter, { TransactItems }: Transaction): string {
  if (TransactItems.length > TRANSACTION_MAX)
    throw new ValidationError(`Member must have length less than or equal to ${TRANSACTION_MAX}`);
  const deletes = TransactItems.map(({ Delete, ...other }) => {
    if (Delete === undefined || Object.keys(other).length > 0)
      throw new Error('the DynamoDB model knows Delete of transactions alone');
    return { request: Delete, key: keyOf(Delete.Key), row: rows.get(keyOf(Delete.Key)) };
  });
  if (new Set(deletes.map(({ key }) => `${key.pk}/${key.sk}`)).size < deletes.length)
    throw new ValidationError('Transaction request cannot include multiple operations on one item');
  const codes = deletes.map(({ request, key, row }) => {
    const scope = scopeOf(request);
    const isAllowed = holds(request, row, scope);
    scope.assertAllUsed();
    meter.write(key.pk, 2 * writeUnits(row?.bytes ?? 0));
    return isAllowed ? 'None' : 'ConditionalCheckFailed';
  });
  if (codes.some((code) => code !== 'None')) throw cancelled(codes);
  for (const { key } of deletes) rows.remove(key);
  return '{}';
}

const cancelled = (codes: readonly string[]): DynamoError =>
  new DynamoError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    { CancellationReasons: codes.map((Code) => ({ Code })) },
  );
