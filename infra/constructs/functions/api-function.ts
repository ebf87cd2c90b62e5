/** `api`: the operators' routes. */
import { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/api/config.ts';
import { BerthFunction } from './berth-function.ts';
import { commonEnvironment, type ControlPlane } from './control-plane.ts';
import { sendTo, useItems } from './grants.ts';

export interface ApiFunctionProps extends ControlPlane {
  readonly hostRole: IRole;
  /** See `price-source.ts`. */
  readonly priceSource: string;
  /** Names of the security groups that pools may name. */
  readonly securityGroups: readonly string[];
}

export class ApiFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id, {
      handler: 'api',
      memoryMib: 512,
      timeout: Duration.seconds(15),
      environment: {
        ...commonEnvironment(props),
        ZONE_NAME: props.zoneName,
        HOST_ROLE_NAME: props.hostRole.roleName,
        PRICE_SOURCE: props.priceSource,
        SECURITY_GROUPS: JSON.stringify(props.securityGroups),
      },
      grants: [useItems(props.table, 'GetItem', 'PutItem', 'Query'), sendTo(props.wakeQueue)],
    });
  }
}
