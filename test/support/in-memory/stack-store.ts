/** The in-memory twin of stack heads, revisions and service states. */
import { fromRevision } from '../../../functions/adapters/dynamodb/items/stack-items.ts';
import type { ServiceState, StackHead } from '../../../functions/core/model/stack.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { StackStore, StoredRevision } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { copy, versionedRows } from './versioned-rows.ts';

export const inMemoryStackStore = () => {
  const heads = versionedRows<StackHead>();
  const services = versionedRows<ServiceState>();
  const revisions = new Map<string, StoredRevision>();
  const revisionKey = (stack: string, number: number): string => `${stack}#${number}`;
  const serviceKey = (stack: string, service: string): string => `${stack}#${service}`;

  return withFaults<StackStore>({
    list: () => heads.list(),
    get: (stack) => heads.get(stack),
    put: (head, expectedVersion) => heads.put(head.name, head, expectedVersion),
    remove: (stack, expectedVersion) => heads.remove(stack, expectedVersion),
    createRevision: (revision) => {
      // The table's own limit: a revision that is too large is refused here too.
      fromRevision(revision);
      const key = revisionKey(revision.stack, revision.number);
      const stored = revisions.get(key);
      if (stored && stored.digest !== revision.digest) throw new ConflictError(`${key}: changed meanwhile`);
      if (!stored) revisions.set(key, copy(revision));
    },
    getRevision: (stack, number) => {
      const stored = revisions.get(revisionKey(stack, number));
      return stored ? copy(stored) : null;
    },
    latestRevision: (stack) =>
      Math.max(0, ...[...revisions.values()].filter((one) => one.stack === stack).map((one) => one.number)),
    listServices: () => services.list(),
    putService: (state, expectedVersion) =>
      services.put(serviceKey(state.stack, state.service), state, expectedVersion),
    removeService: (stack, service, expectedVersion) =>
      services.remove(serviceKey(stack, service), expectedVersion),
  });
};
