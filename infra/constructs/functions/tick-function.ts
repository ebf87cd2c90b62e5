/**
 * `tick`: the minute rule invokes it for second 0; it sends itself the ticks of seconds 15, 30 and 45 through the tick
 * queue, because a rule knows no seconds. It heals what a lost wake left undone.
 */
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/tick/config.ts';
import { CONSUMER_TIMEOUT } from '../queues.ts';
import { BerthFunction } from './berth-function.ts';
import { commonEnvironment, NO_RETRIES, pollFor, type ControlPlane } from './control-plane.ts';
import { consume, invoke, sendTo, useItems } from './grants.ts';

export interface TickFunctionProps extends ControlPlane {
  readonly tickQueue: IQueue;
  readonly register: IFunction;
  readonly provision: IFunction;
}

export class TickFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: TickFunctionProps) {
    super(scope, id, {
      handler: 'tick',
      memoryMib: 256,
      timeout: CONSUMER_TIMEOUT,
      mayRecurse: true,
      quiet: true,
      environment: {
        ...commonEnvironment(props),
        ZONE_NAME: props.zoneName,
        AGENT_RELEASE: props.agentRelease,
        TICK_QUEUE_URL: props.tickQueue.queueUrl,
        REGISTER_FUNCTION: props.register.functionName,
        PROVISION_FUNCTION: props.provision.functionName,
      },
      grants: [
        useItems(props.table, 'GetItem', 'PutItem', 'Query'),
        consume(props.tickQueue),
        sendTo(props.wakeQueue, props.tickQueue),
        invoke(props.register, props.provision),
      ],
    });
    this.configureAsyncInvoke(NO_RETRIES);
    pollFor(this, 'Ticks', props.tickQueue, this);
    new Rule(this, 'EveryMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      // A minute later the next one comes anyway.
      targets: [new LambdaFunction(this, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
  }
}
