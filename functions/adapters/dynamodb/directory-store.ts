/** What the register loop applied to the zone: one head, one item per owner of records; one partition. */
import { EMPTY_HEAD, UNKNOWN_HEAD } from '../../core/model/directory.ts';
import type { UnreadableRow } from '../../core/model/unreadable.ts';
import type { DirectoryStore } from '../../usecases/ports.ts';
import { fromDirectoryHead, fromName, toDirectoryHead, toName } from './items/directory-items.ts';
import { mustBeAt } from './table/conditions.ts';
import type { Item } from './table/fields.ts';
import { DIRECTORY, DIRECTORY_HEAD, NAME_PREFIX, nameKey } from './table/keys.ts';
import { readable } from './table/readable.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions } from './table/table.ts';

const versionOf = ({ version }: Item): Pick<UnreadableRow, 'version'> =>
  typeof version === 'number' && version > 0 ? { version } : {};

export const dynamoDirectoryStore = (options: DynamoOptions): DirectoryStore => {
  const table = openTable(options);
  return {
    load: async (left) => {
      const items = await table.query({ pk: DIRECTORY });
      const head = items.find((item) => item.sk === DIRECTORY_HEAD.sk);
      const names = items.filter((item) => String(item.sk).startsWith(NAME_PREFIX));
      const [first = head === undefined ? EMPTY_HEAD : UNKNOWN_HEAD] = readable(
        head === undefined ? [] : [head],
        toDirectoryHead,
        (item) => ({ kind: 'directory', subject: 'directory', ...versionOf(item) }),
        left,
      );
      const nameOf = (item: Item): Omit<UnreadableRow, 'why'> => ({
        kind: 'name',
        subject: String(item.sk).slice(NAME_PREFIX.length),
        ...versionOf(item),
      });
      return { head: first, names: readable(names, toName, nameOf, left) };
    },
    putHead: (head, expectedVersion) =>
      table.put(fromDirectoryHead(head, expectedVersion + 1), mustBeAt(expectedVersion)),
    putName: (name, expectedVersion) =>
      table.put(fromName(name, expectedVersion + 1), mustBeAt(expectedVersion)),
    removeName: (owner, expectedVersion) => table.remove(nameKey(owner), mustBeAt(expectedVersion)),
  };
};
