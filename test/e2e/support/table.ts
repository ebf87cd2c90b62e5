/** The rows of the cluster's table, read as the account's root. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../../../local/cloud.ts';
import { ROOT_KEYS } from '../../../local/emulator/account.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';

type Target = Pick<Cloud, 'plan' | 'outputs'>;

/** Rows that change by themselves while nobody asks for anything: loops' leases, and hosts' beats. */
const BY_THEMSELVES = /^(?:LOOP \S+|HOSTS#\d+ LEASE#\S+)$/;

/** `pk sk` -> the row as JSON, of every row but those that change by themselves. */
export async function lastingRows(cloud: Target): Promise<Readonly<Record<string, string>>> {
  const client = openTable(cloud);
  const rows: [string, string][] = [];
  try {
    const input = { TableName: cloud.outputs['TableName'], ConsistentRead: true };
    for await (const { Items = [] } of paginateScan({ client }, input))
      for (const { pk, sk, ...rest } of Items)
        rows.push([`${String(pk)} ${String(sk)}`, JSON.stringify(inOrder(lasting(String(sk), rest)))]);
  } finally {
    client.destroy();
  }
  return Object.fromEntries(rows.filter(([key]) => !BY_THEMSELVES.test(key)).sort());
}

/** Of a host also what time alone writes there: since when it is not needed, and with that its row's version. */
function lasting(key: string, row: Record<string, unknown>): Record<string, unknown> {
  if (!key.startsWith('META#h-')) return row;
  const { surplusSinceMs, version, ...rest } = row;
  return rest;
}

/** The same with the keys of every object in it sorted: DynamoDB's maps have no order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, inner]) => [key, inOrder(inner)]));
}

/** The rows once they have not changed for that long. @throws Error when they do not come to rest */
export async function restingRows(
  cloud: Target,
  { forMs = 3000, withinMs = 180_000 } = {},
): Promise<Readonly<Record<string, string>>> {
  const endMs = Date.now() + withinMs;
  for (let rows = await lastingRows(cloud); ;) {
    await sleep(forMs);
    const next = await lastingRows(cloud);
    const moved = differences(rows, next);
    if (moved.length === 0) return next;
    if (Date.now() > endMs) throw new Error(`the table does not come to rest: ${moved.join(', ')}`);
    rows = next;
  }
}

/** Keys of rows that came, went or changed. */
export const differences = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]);

/** Sets a time of a row to 1970: what waits for it is due. @param path of the attribute. @throws Error when there is none */
export async function backdate(
  cloud: Target,
  Key: { readonly pk: string; readonly sk: string },
  ...path: readonly string[]
): Promise<void> {
  const client = openTable(cloud);
  const attribute = path.map((_, index) => `#p${String(index)}`).join('.');
  const update = new UpdateCommand({
    TableName: cloud.outputs['TableName'],
    Key,
    UpdateExpression: `SET ${attribute} = :past`,
    ConditionExpression: `attribute_exists(${attribute})`,
    ExpressionAttributeNames: Object.fromEntries(path.map((name, index) => [`#p${String(index)}`, name])),
    ExpressionAttributeValues: { ':past': 0 },
  });
  try {
    await client.send(update);
  } finally {
    client.destroy();
  }
}

const openTable = ({ plan }: Target): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      region: plan.region,
      endpoint: loopbackEndpoint(plan.ports.relay),
      credentials: ROOT_KEYS,
    }),
  );
