/** Query: one page of one partition, in the order of its sort keys; the units are those of all that was read. */
import type { Attribute, WireItem } from './attribute.ts';
import { ValidationError } from './errors.ts';
import { parseCondition } from './expressions.ts';
import { readUnits, type Meter } from './meter.ts';
import { firstFrom, keyOf, type Row, type Rows } from './rows.ts';
import { scopeOf, type Placeholders } from './scope.ts';

export interface QueryRequest extends Placeholders {
  readonly KeyConditionExpression: string;
  readonly FilterExpression?: string;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: WireItem;
  readonly ConsistentRead?: boolean;
}

/** API Reference, Query: "the maximum dataset size limit of 1 MB". */
export const PAGE_BYTES_MAX = 1024 * 1024;

/** The answer as JSON. */
export function queryPage(rows: Rows, request: QueryRequest, meter: Meter): string {
  const scope = scopeOf(request);
  const pk = partitionOf(request);
  const ofKey = parseCondition(request.KeyConditionExpression);
  const keep = request.FilterExpression === undefined ? null : parseCondition(request.FilterExpression);
  // Placeholders are looked at also where there is no row to look at.
  ofKey({}, scope);
  keep?.({}, scope);
  scope.assertAllUsed();
  const { ScanIndexForward: forward = true, ExclusiveStartKey: after, Limit: limit = Infinity } = request;
  const all = rows.partition(pk);
  const start = after === undefined ? undefined : keyOf(after).sk;
  const kept: Row[] = [];
  let [bytes, read] = [0, 0];
  let last: Row | undefined;
  let isCut = false;
  for (const row of walk(all, start, forward)) {
    if (!ofKey(row.item, scope)) {
      // Matches stand together.
      if (last !== undefined) break;
      continue;
    }
    if (read === limit || (read > 0 && bytes + row.bytes > PAGE_BYTES_MAX)) {
      isCut = true;
      break;
    }
    [bytes, read, last] = [bytes + row.bytes, read + 1, row];
    if (keep === null || keep(row.item, scope)) kept.push(row);
  }
  meter.read(pk, readUnits(bytes) * (request.ConsistentRead === true ? 1 : 0.5));
  // At its limit DynamoDB does not look whether anything comes after.
  const next = (isCut || read === limit) && last !== undefined ? last : undefined;
  const key = next === undefined ? '' : `,"LastEvaluatedKey":${JSON.stringify(keyItem(next.item))}`;
  const items = kept.map(({ text }) => text).join();
  return `{"Items":[${items}],"Count":${kept.length},"ScannedCount":${read}${key}}`;
}

const keyItem = ({ pk, sk }: WireItem): Record<string, Attribute | undefined> => ({ pk, sk });

function* walk(rows: readonly Row[], after: string | undefined, forward: boolean): Generator<Row> {
  if (forward) {
    let at = after === undefined ? 0 : firstFrom(rows, after);
    if (rows[at]?.sk === after) at += 1;
    for (let row = rows[at]; row !== undefined; row = rows[(at += 1)]) yield row;
  } else {
    let at = (after === undefined ? rows.length : firstFrom(rows, after)) - 1;
    for (let row = rows[at]; row !== undefined; row = rows[(at -= 1)]) yield row;
  }
}

function partitionOf({ KeyConditionExpression: text, ExpressionAttributeValues: values = {} }: QueryRequest) {
  const name = /^pk = (:\w+)/.exec(text)?.[1] ?? '';
  const value = values[name];
  if (value === undefined || !('S' in value))
    throw new ValidationError(`Query condition missed key schema element: pk (${text})`);
  return value.S;
}
