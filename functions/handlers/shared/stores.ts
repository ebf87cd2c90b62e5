/** The table's stores of one process. */
import { dynamoClusterStore } from '../../adapters/dynamodb/cluster-store.ts';
import { dynamoDecisionLog } from '../../adapters/dynamodb/decision-log.ts';
import { dynamoDirectoryStore } from '../../adapters/dynamodb/directory-store.ts';
import { dynamoHostStore } from '../../adapters/dynamodb/host-store.ts';
import { dynamoLoopLeases } from '../../adapters/dynamodb/loop-leases.ts';
import { dynamoSocketStore } from '../../adapters/dynamodb/socket-store.ts';
import { dynamoStackStore } from '../../adapters/dynamodb/stack-store.ts';
import { dynamoSweepStore } from '../../adapters/dynamodb/sweep-store.ts';
import { dynamoClient } from '../../adapters/dynamodb/table/client.ts';
import { systemClock } from '../../platform/clock.ts';
import { snapshotLoader } from '../../usecases/load-snapshot.ts';

export function openStores(table: string) {
  const options = { client: dynamoClient(), table };
  const stores = {
    cluster: dynamoClusterStore(options),
    stacks: dynamoStackStore(options),
    hosts: dynamoHostStore(options),
    sockets: dynamoSocketStore(options),
    directory: dynamoDirectoryStore(options),
    leases: dynamoLoopLeases(options),
    sweep: dynamoSweepStore(options),
    decisions: dynamoDecisionLog({ ...options, clock: systemClock }),
  };
  return { ...stores, load: snapshotLoader(stores) };
}
