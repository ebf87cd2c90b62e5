/**
 * `events`: hears what EC2 says about instances of the cluster: wakes `provision`, which looks, and has a host drained
 * that EC2 announces to take.
 */
import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/events/config.ts';
import { BerthFunction } from './berth-function.ts';
import { commonEnvironment, type ControlPlane } from './control-plane.ts';
import { invoke, sendTo, useItems } from './grants.ts';

/** These events carry no tags, so the rule hears of the account's other instances too; the function drops those. */
const EC2_EVENTS = [
  'EC2 Instance State-change Notification',
  'EC2 Spot Instance Interruption Warning',
  'EC2 Instance Rebalance Recommendation',
];

/** A spot notice is worth two minutes; what is older than this was seen by many ticks. */
const WORTH_HEARING = Duration.minutes(10);

export interface EventsFunctionProps extends ControlPlane {
  readonly provision: IFunction;
}

export class EventsFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: EventsFunctionProps) {
    super(scope, id, {
      handler: 'events',
      memoryMib: 256,
      timeout: Duration.seconds(30),
      environment: {
        ...commonEnvironment(props),
        PROVISION_FUNCTION: props.provision.functionName,
      },
      grants: [
        useItems(props.table, 'GetItem', 'PutItem', 'Query'),
        sendTo(props.wakeQueue),
        invoke(props.provision),
      ],
    });
    this.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: WORTH_HEARING });
    new Rule(this, 'Instances', {
      eventPattern: { source: ['aws.ec2'], detailType: EC2_EVENTS },
      targets: [new LambdaFunction(this, { retryAttempts: 3, maxEventAge: WORTH_HEARING })],
    });
  }
}
