/**
 * Stack heads (written by the API), revisions (never changed) and service states (written by the reconcile loop).
 * Heads and service states share a partition, so each kind is read by one strong Query.
 */
import { ConflictError } from '../../usecases/errors.ts';
import type { StackStore, StoredRevision } from '../../usecases/ports.ts';
import { fromHead, fromRevision, fromService, toHead, toRevision, toService } from './items/stack-items.ts';
import { MUST_NOT_EXIST, mustBeAt } from './table/conditions.ts';
import {
  REVISION_PREFIX,
  revisionKey,
  SERVICE_PREFIX,
  serviceKey,
  STACK_PREFIX,
  stackKey,
  STACKS,
} from './table/keys.ts';
import type { Item } from './table/fields.ts';
import { readable } from './table/readable.ts';
import { openTable } from './table/table.ts';
import type { DynamoOptions, Table } from './table/table.ts';

export const dynamoStackStore = (options: DynamoOptions): StackStore => {
  const table = openTable(options);
  return {
    list: async (left) => {
      const items = await table.query({ pk: STACKS, skPrefix: STACK_PREFIX });
      const name = (item: Item) => ({ kind: 'stack' as const, subject: rest(item, STACK_PREFIX) });
      return readable(items, toHead, name, left);
    },
    get: async (stack) => {
      const item = await table.get(stackKey(stack));
      return item && toHead(item);
    },
    put: (head, expectedVersion) => table.put(fromHead(head, expectedVersion + 1), mustBeAt(expectedVersion)),
    remove: (stack, expectedVersion) => table.remove(stackKey(stack), mustBeAt(expectedVersion)),
    createRevision: (revision) => createRevision(table, revision),
    getRevision: (stack, number) => getRevision(table, stack, number),
    latestRevision: (stack) => latestRevision(table, stack),
    listServices: async (left) => {
      const items = await table.query({ pk: STACKS, skPrefix: SERVICE_PREFIX });
      const subject = (item: Item) => rest(item, SERVICE_PREFIX).replace('#', '/');
      return readable(items, toService, (item) => ({ kind: 'service', subject: subject(item) }), left);
    },
    putService: (state, expectedVersion) =>
      table.put(fromService(state, expectedVersion + 1), mustBeAt(expectedVersion)),
    removeService: (stack, service, expectedVersion) =>
      table.remove(serviceKey(stack, service), mustBeAt(expectedVersion)),
  };
};

const rest = ({ sk }: Item, prefix: string): string => String(sk).slice(prefix.length);

const getRevision = async (table: Table, stack: string, number: number): Promise<StoredRevision | null> => {
  const item = await table.get(revisionKey(stack, number));
  return item && toRevision(item);
};

/** Revisions outlive their stack, so a stack that comes back goes on counting. */
const latestRevision = async (table: Table, stack: string): Promise<number> => {
  const { pk } = revisionKey(stack, 0);
  const [newest] = await table.query({ pk, skPrefix: REVISION_PREFIX, newestFirst: true, limit: 1 });
  return newest ? toRevision(newest).number : 0;
};

/** The stored one is never written over, so who made it first and when stays true. */
const createRevision = async (table: Table, revision: StoredRevision): Promise<void> => {
  try {
    await table.put(fromRevision(revision), MUST_NOT_EXIST);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const stored = await getRevision(table, revision.stack, revision.number);
    if (stored?.digest !== revision.digest) throw error;
  }
};
