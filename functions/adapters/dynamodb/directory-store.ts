/** What the register loop applied to the zone: one head, one item per owner of records; one partition. */
import { EMPTY_HEAD } from '../../core/model/directory.ts';
import type { DirectoryStore } from '../../usecases/ports.ts';
import { fromDirectoryHead, fromName, toDirectoryHead, toName } from './items/directory-items.ts';
import { mustBeAt } from './table/conditions.ts';
import { DIRECTORY, DIRECTORY_HEAD, NAME_PREFIX, nameKey } from './table/keys.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions } from './table/table.ts';

export const dynamoDirectoryStore = (options: DynamoOptions): DirectoryStore => {
  const table = openTable(options);
  return {
    load: async () => {
      const items = await table.query({ pk: DIRECTORY });
      const head = items.find((item) => item.sk === DIRECTORY_HEAD.sk);
      const names = items.filter((item) => String(item.sk).startsWith(NAME_PREFIX));
      return { head: head ? toDirectoryHead(head) : EMPTY_HEAD, names: names.map(toName) };
    },
    putHead: (head, expectedVersion) =>
      table.put(fromDirectoryHead(head, expectedVersion + 1), mustBeAt(expectedVersion)),
    putName: (name, expectedVersion) =>
      table.put(fromName(name, expectedVersion + 1), mustBeAt(expectedVersion)),
    removeName: (owner, expectedVersion) => table.remove(nameKey(owner), mustBeAt(expectedVersion)),
  };
};
