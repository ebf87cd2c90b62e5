/** The items of one table: partitions by `pk`, each sorted by `sk` as its UTF-8 bytes are. */
import { bytesOfItem, type WireItem } from './attribute.ts';
import { ValidationError } from './errors.ts';

export interface Row {
  readonly sk: string;
  readonly item: WireItem;
  readonly bytes: number;
  /** Of the item as JSON: a page of a thousand is sent without being written anew. */
  readonly text: string;
}

export interface RowKey {
  readonly pk: string;
  readonly sk: string;
}

/** Service quotas: 400 KB an item, names included. */
export const ITEM_BYTES_MAX = 400 * 1024;
/** What the order below is right for: within ASCII, UTF-16 sorts as UTF-8 does. */
const ASCII = /^[ -~]+$/;

export type Rows = ReturnType<typeof createRows>;

export function createRows() {
  const partitions = new Map<string, Row[]>();
  const partition = (pk: string): Row[] => partitions.get(pk) ?? [];
  const get = ({ pk, sk }: RowKey): Row | undefined => {
    const rows = partition(pk);
    const row = rows[firstFrom(rows, sk)];
    return row?.sk === sk ? row : undefined;
  };
  const remove = ({ pk, sk }: RowKey): void => {
    const rows = partition(pk);
    const at = firstFrom(rows, sk);
    if (rows[at]?.sk === sk) rows.splice(at, 1);
  };
  const put = (key: RowKey, row: Row): void => {
    const rows = partition(key.pk);
    partitions.set(key.pk, rows);
    const at = firstFrom(rows, key.sk);
    rows.splice(at, rows[at]?.sk === key.sk ? 1 : 0, row);
  };
  return { partition, get, put, remove };
}

/** Index of the first row from `sk` on. */
export function firstFrom(rows: readonly Row[], sk: string): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.sk ?? '') < sk) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function keyOf(item: WireItem): RowKey {
  const [pk, sk] = [item['pk'], item['sk']];
  if (pk === undefined || !('S' in pk) || sk === undefined || !('S' in sk) || pk.S === '' || sk.S === '')
    throw new ValidationError('One or more parameter values were invalid: pk and sk must be texts');
  if (!ASCII.test(sk.S)) throw new Error(`the DynamoDB model sorts ASCII alone, not "${sk.S}"`);
  return { pk: pk.S, sk: sk.S };
}

export function rowOf(item: WireItem): Row {
  const bytes = bytesOfItem(item);
  if (bytes > ITEM_BYTES_MAX) throw new ValidationError('Item size has exceeded the maximum allowed size');
  return { sk: keyOf(item).sk, item, bytes, text: JSON.stringify(item) };
}
