/**
 * A plain `cdk destroy` of a cluster that is still there fails at once, with the instruction, before anything is deleted.
 *
 * A custom resource that depends on everything else is the first to be deleted; its function then looks for tagged instances
 * and for records in the zone. When a first deploy fails it was never made, or finds nothing, so roll-backs pass.
 */
import { CustomResource, Duration, Validations } from 'aws-cdk-lib';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/delete-guard/config.ts';
import { BerthFunction } from './berth-function.ts';
import { allow } from './grants.ts';

export interface DeleteGuardProps {
  readonly cluster: string;
  readonly zoneName: string;
  readonly zone: IHostedZone;
}

export class DeleteGuardFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, { cluster, zoneName, zone }: DeleteGuardProps) {
    super(scope, id, {
      handler: 'delete-guard',
      memoryMib: 256,
      timeout: Duration.seconds(60),
      environment: { CLUSTER: cluster, ZONE_ID: zone.hostedZoneId, ZONE_NAME: zoneName },
      grants: [
        allow(['ec2:DescribeInstances'], ['*']),
        allow(['route53:ListResourceRecordSets'], [zone.hostedZoneArn]),
      ],
    });
    Validations.of(this.executionRole).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Describe actions of EC2 know no resources (service authorization reference of Amazon EC2).',
    });
  }
}

/** To be called last: it depends on every construct that `scope` has by then. */
export function guardDeletion(scope: Construct, guard: DeleteGuardFunction): void {
  const others = scope.node.children;
  const resource = new CustomResource(scope, 'DeleteGuardCheck', {
    resourceType: 'Custom::BerthDeleteGuard',
    serviceToken: guard.functionArn,
    serviceTimeout: Duration.seconds(120),
  });
  resource.node.addDependency(...others.filter((one) => one !== resource));
}
