/**
 * Words for grants. Each function's construct spells its own grants out with them: exact actions on exact resources.
 * The CDK's `grant*` methods are not used: they grant more than is called (`grantConsumeMessages` five actions for three).
 */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

type Conditions = Record<string, Record<string, unknown>>;

export const allow = (actions: string[], resources: string[], conditions?: Conditions) =>
  new PolicyStatement({ actions, resources, ...(conditions && { conditions }) });

type ItemAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';

/** Single items of the table, never an index, never a scan. */
export const useItems = (table: Table, ...actions: ItemAction[]) =>
  allow(
    actions.map((action) => `dynamodb:${action}`),
    [table.tableArn],
  );

export const sendTo = (...queues: IQueue[]) =>
  allow(
    ['sqs:SendMessage'],
    queues.map((queue) => queue.queueArn),
  );

/** What Lambda's own poller needs, on behalf of the function. */
export const consume = (queue: IQueue) =>
  allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queue.queueArn]);

export const invoke = (...functions: IFunction[]) =>
  allow(
    ['lambda:InvokeFunction'],
    functions.map((each) => each.functionArn),
  );
