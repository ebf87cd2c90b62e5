/** The table's stores of one process. */
import { dynamoAgentMemoryStore } from '../../adapters/dynamodb/agent-memory-store.ts';
import { dynamoClusterStore } from '../../adapters/dynamodb/cluster-store.ts';
import { dynamoDecisionLog } from '../../adapters/dynamodb/decision-log.ts';
import { dynamoDirectoryStore } from '../../adapters/dynamodb/directory-store.ts';
import { dynamoHostStore } from '../../adapters/dynamodb/host-store.ts';
import { dynamoOfferingStore } from '../../adapters/dynamodb/offering-store.ts';
import { dynamoPriceStore } from '../../adapters/dynamodb/price-store.ts';
import { dynamoLoopLeases } from '../../adapters/dynamodb/loop-leases.ts';
import { dynamoScaleStore } from '../../adapters/dynamodb/scale-store.ts';
import { dynamoSocketStore } from '../../adapters/dynamodb/socket-store.ts';
import { dynamoStackStore } from '../../adapters/dynamodb/stack-store.ts';
import { dynamoSweepStore } from '../../adapters/dynamodb/sweep-store.ts';
import { dynamoClient } from '../../adapters/dynamodb/table/client.ts';
import type { DynamoOptions } from '../../adapters/dynamodb/table/table.ts';
import { dynamoTimeline } from '../../adapters/dynamodb/timeline.ts';
import type { AgentRelease } from '../../core/model/agent.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Clock, StackStore } from '../../usecases/ports.ts';
import { snapshotLoader } from '../../usecases/load-snapshot.ts';

/** @param release what this deploy published, for the loops that decide about it */
export const openStores = (table: string, release?: AgentRelease) =>
  storesOver({ client: dynamoClient(), table, clock: systemClock, release });

export interface StoresOptions extends DynamoOptions {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly release?: AgentRelease | undefined;
}

/** The same over any client: everything that a process keeps of the table is in what is returned. */
export function storesOver({ client, table, clock, release }: StoresOptions) {
  const options = { client, table };
  const stores = {
    cluster: dynamoClusterStore(options),
    agents: dynamoAgentMemoryStore(options),
    stacks: dynamoStackStore(options),
    scales: dynamoScaleStore(options),
    timeline: dynamoTimeline(options),
    hosts: dynamoHostStore(options),
    sockets: dynamoSocketStore(options),
    directory: dynamoDirectoryStore(options),
    offerings: dynamoOfferingStore(options),
    prices: dynamoPriceStore(options),
    leases: dynamoLoopLeases(options),
    sweep: dynamoSweepStore(options),
    decisions: dynamoDecisionLog({ ...options, clock }),
  };
  return {
    ...stores,
    load: snapshotLoader({ ...stores, release }),
    loadEventually: snapshotLoader({ ...stores, ...eventually(options, stores), release }),
  };
}

/**
 * What there are many rows of, read for half the price: rows may be of a moment ago, and not of the same one. Only for who
 * wakes loops and writes nothing that such a row alone decides (`usecases/tick.ts`). Revisions are read strongly: a head
 * may be seen before the revision that it names.
 */
function eventually(options: DynamoOptions, { stacks }: { readonly stacks: StackStore }) {
  const late: DynamoOptions = { ...options, reads: 'eventually' };
  const getRevision: StackStore['getRevision'] = (stack, number) => stacks.getRevision(stack, number);
  return {
    stacks: { ...dynamoStackStore(late), getRevision },
    hosts: dynamoHostStore(late),
    directory: dynamoDirectoryStore(late),
  };
}
