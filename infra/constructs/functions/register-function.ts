/** `register`: the only writer of the zone. Invoked by `reconcile`, by `tick` and, to go on, by itself. */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Policy } from 'aws-cdk-lib/aws-iam';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/register/config.ts';
import { BerthFunction } from './berth-function.ts';
import { commonEnvironment, NO_RETRIES, type ControlPlane } from './control-plane.ts';
import { allow, invoke, sendTo, useItems } from './grants.ts';

export interface RegisterFunctionProps extends ControlPlane {
  readonly zone: IHostedZone;
}

export class RegisterFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: RegisterFunctionProps) {
    const partition = Stack.of(scope).partition;
    super(scope, id, {
      handler: 'register',
      memoryMib: 256,
      timeout: Duration.seconds(60),
      mayRecurse: true,
      environment: {
        ...commonEnvironment(props),
        ZONE_ID: props.zone.hostedZoneId,
        ZONE_NAME: props.zoneName,
      },
      grants: [
        useItems(props.table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
        sendTo(props.wakeQueue),
        allow(
          ['route53:ChangeResourceRecordSets', 'route53:ListResourceRecordSets'],
          [props.zone.hostedZoneArn],
        ),
        allow(['route53:GetChange'], [`arn:${partition}:route53:::change/*`]),
      ],
    });
    this.configureAsyncInvoke(NO_RETRIES);
    Validations.of(this.executionRole).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:route53:::change/*]',
      reason:
        "A change's id is known only after it was made; GetChange tells whether a change is done, nothing more.",
    });
    // In a policy of its own: the role's own document cannot name the function that waits for the role.
    new Policy(this, 'InvokeItself', { roles: [this.executionRole], statements: [invoke(this)] });
  }
}
