/**
 * For each function one thing that it must not do: near what it does, called with the keys of its own role, and harmless
 * if it were let through.
 */
import {
  DeleteItemCommand,
  DynamoDBClient,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Cloud } from '../../../local/cloud.ts';
import { loopbackEndpoint } from '../../../local/plan.ts';
import type { Keys } from './calls.ts';

export interface Outside {
  /** Name of the function in the stack's outputs, without `Function`. */
  readonly who: string;
  readonly action: string;
  readonly attempt: (cloud: Cloud, keys: Keys) => Promise<unknown>;
}

const NOBODY = { pk: { S: 'NOBODY' }, sk: { S: 'NOTHING' } };
const options = ({ plan }: Cloud, credentials: Keys, port: 'relay' | 'ec2' | 'route53' = 'relay') => ({
  region: plan.region,
  endpoint: loopbackEndpoint(plan.ports[port]),
  credentials,
  maxAttempts: 1,
});
const tableOf = ({ outputs }: Cloud) => outputs['TableName'];

/** In the cluster's own zone. */
const createRecord: Outside['attempt'] = (cloud, keys) =>
  new Route53Client(options(cloud, keys, 'route53')).send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: cloud.outputs['ZoneId'],
      ChangeBatch: {
        Changes: [
          {
            Action: 'CREATE',
            ResourceRecordSet: {
              Name: `nobody.${cloud.zoneName}`,
              Type: 'TXT',
              TTL: 1,
              ResourceRecords: [{ Value: '"nothing"' }],
            },
          },
        ],
      },
    }),
  );

export const OUTSIDE: readonly Outside[] = [
  {
    who: 'Api',
    action: 'dynamodb:DeleteItem',
    attempt: (cloud, keys) =>
      new DynamoDBClient(options(cloud, keys)).send(
        new DeleteItemCommand({ TableName: tableOf(cloud), Key: NOBODY }),
      ),
  },
  {
    who: 'AgentApi',
    action: 'lambda:InvokeFunction',
    attempt: (cloud, keys) =>
      new LambdaClient(options(cloud, keys)).send(
        new InvokeCommand({ FunctionName: cloud.outputs['ReconcileFunction'], InvocationType: 'DryRun' }),
      ),
  },
  {
    who: 'Reconcile',
    action: 'route53:ChangeResourceRecordSets',
    attempt: createRecord,
  },
  {
    who: 'Register',
    action: 'dynamodb:Scan',
    attempt: (cloud, keys) =>
      new DynamoDBClient(options(cloud, keys)).send(new ScanCommand({ TableName: tableOf(cloud), Limit: 1 })),
  },
  {
    who: 'Provision',
    action: 'ec2:DescribeVpcs',
    attempt: (cloud, keys) => new EC2Client(options(cloud, keys, 'ec2')).send(new DescribeVpcsCommand({})),
  },
  {
    who: 'Tick',
    action: 'dynamodb:UpdateItem',
    attempt: (cloud, keys) =>
      new DynamoDBClient(options(cloud, keys)).send(
        new UpdateItemCommand({ TableName: tableOf(cloud), Key: NOBODY }),
      ),
  },
  {
    who: 'Events',
    action: 'sqs:ReceiveMessage',
    attempt: (cloud, keys) =>
      new SQSClient(options(cloud, keys)).send(
        new ReceiveMessageCommand({ QueueUrl: cloud.outputs['WakeQueueUrl'], VisibilityTimeout: 0 }),
      ),
  },
  {
    who: 'Doorbell',
    action: 'dynamodb:Query',
    attempt: (cloud, keys) =>
      new DynamoDBClient(options(cloud, keys)).send(
        new QueryCommand({
          TableName: tableOf(cloud),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': NOBODY.pk },
        }),
      ),
  },
  {
    who: 'DeleteGuard',
    action: 'route53:ChangeResourceRecordSets',
    attempt: createRecord,
  },
];
