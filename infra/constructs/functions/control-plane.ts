/** What every function of one cluster is given, and how functions are called. */
import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventSourceMapping, type EventInvokeConfigOptions, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface ControlPlane {
  readonly cluster: string;
  readonly zoneName: string;
  readonly table: Table;
  readonly wakeQueue: IQueue;
  /** The published version of the agent, as JSON: what `functions/handlers/shared/agent-release.ts` reads. */
  readonly agentRelease: string;
}

/** The part of the environment that all functions have. */
export const commonEnvironment = ({
  cluster,
  table,
  wakeQueue,
}: Pick<ControlPlane, 'cluster' | 'table' | 'wakeQueue'>) => ({
  CLUSTER: cluster,
  TABLE_NAME: table.tableName,
  WAKE_QUEUE_URL: wakeQueue.queueUrl,
});

/** No retries: a lost call is made up for by the next tick, and a late one would only find its work done. */
export const NO_RETRIES: EventInvokeConfigOptions = { retryAttempts: 0, maxEventAge: Duration.seconds(60) };

/**
 * Lets Lambda poll `queue` for `target`. Ten messages is the most without a batching window, and a window would delay
 * every wake by a second. Two at once is the smallest bound AWS takes; the loop's lease makes the second one return.
 */
export function pollFor(scope: Construct, id: string, queue: IQueue, target: IFunction) {
  return new EventSourceMapping(scope, id, {
    target,
    eventSourceArn: queue.queueArn,
    batchSize: 10,
    maxConcurrency: 2,
    reportBatchItemFailures: true,
  });
}
