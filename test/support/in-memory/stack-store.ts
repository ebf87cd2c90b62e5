/** The in-memory twin of stack heads, revisions and service states. */
import { fromRevision } from '../../../functions/adapters/dynamodb/items/stack-items.ts';
import type { ServiceState, StackHead } from '../../../functions/core/model/stack.ts';
import { ConflictError } from '../../../functions/usecases/errors.ts';
import type { StackStore, StoredRevision } from '../../../functions/usecases/ports.ts';
import { withFaults } from '../faults.ts';
import { frozenCopy, versionedRows, type RowListener } from './versioned-rows.ts';

/** Whoever wants to see each change. */
export interface StackListeners {
  readonly head?: RowListener<StackHead>;
  readonly service?: RowListener<ServiceState>;
  readonly revision?: (revision: StoredRevision) => void;
}

export const inMemoryStackStore = (listeners: StackListeners = {}) => {
  const heads = versionedRows<StackHead>(listeners.head);
  const services = versionedRows<ServiceState>(listeners.service);
  const revisions = new Map<string, StoredRevision>();
  const latest = new Map<string, number>();
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
      if (stored) return;
      revisions.set(key, frozenCopy(revision));
      latest.set(revision.stack, Math.max(latest.get(revision.stack) ?? 0, revision.number));
      listeners.revision?.(revision);
    },
    getRevision: (stack, number) => revisions.get(revisionKey(stack, number)) ?? null,
    latestRevision: (stack) => latest.get(stack) ?? 0,
    listServices: () => services.list(),
    putService: (state, expectedVersion) =>
      services.put(serviceKey(state.stack, state.service), state, expectedVersion),
    removeService: (stack, service, expectedVersion) =>
      services.remove(serviceKey(stack, service), expectedVersion),
  });
};
