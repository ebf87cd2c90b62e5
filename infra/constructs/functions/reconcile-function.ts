/** `reconcile`: woken by the wake queue; places tasks, writes manifests, rings hosts, wakes `register` and `provision`. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/reconcile/config.ts';
import { acknowledgePosts, type DoorbellApi } from '../doorbell-api.ts';
import { CONSUMER_TIMEOUT } from '../queues.ts';
import { BerthFunction } from './berth-function.ts';
import { commonEnvironment, pollFor, type ControlPlane } from './control-plane.ts';
import { consume, invoke, sendTo, useItems } from './grants.ts';

export interface ReconcileFunctionProps extends ControlPlane {
  readonly register: IFunction;
  readonly provision: IFunction;
  readonly doorbell: DoorbellApi;
}

export class ReconcileFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: ReconcileFunctionProps) {
    super(scope, id, {
      handler: 'reconcile',
      memoryMib: 512,
      timeout: CONSUMER_TIMEOUT,
      mayRecurse: true,
      environment: {
        ...commonEnvironment(props),
        ZONE_NAME: props.zoneName,
        AGENT_RELEASE: props.agentRelease,
        REGISTER_FUNCTION: props.register.functionName,
        PROVISION_FUNCTION: props.provision.functionName,
        DOORBELL_ENDPOINT: props.doorbell.callbackUrl,
      },
      grants: [
        useItems(props.table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
        consume(props.wakeQueue),
        sendTo(props.wakeQueue),
        invoke(props.register, props.provision),
        props.doorbell.mayPost(),
      ],
    });
    pollFor(this, 'Wakes', props.wakeQueue, this);
    acknowledgePosts(this.executionRole);
  }
}
