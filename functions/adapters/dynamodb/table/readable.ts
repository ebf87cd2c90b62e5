/** Many items of one kind, of which some may be unreadable: those are handed over by name instead of ending the reading. */
import type { UnreadableRow } from '../../../core/model/unreadable.ts';
import { UnreadableError } from '../../../usecases/errors.ts';
import type { Item } from './fields.ts';

/** @param left takes what cannot be read; absent: the first such item is thrown as UnreadableError */
export function readable<Row>(
  items: readonly Item[],
  read: (item: Item) => Row,
  name: (item: Item) => Omit<UnreadableRow, 'why'>,
  left: UnreadableRow[] | undefined,
): readonly Row[] {
  return items.flatMap((item) => {
    try {
      return [read(item)];
    } catch (error) {
      if (left === undefined || !(error instanceof UnreadableError)) throw error;
      left.push({ ...name(item), why: error.message });
      return [];
    }
  });
}
