/** `agent-api`: the hosts' routes. The busiest function: small and quiet. */
import { Duration } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/agent-api/config.ts';
import { BerthFunction } from './berth-function.ts';
import { commonEnvironment, type ControlPlane } from './control-plane.ts';
import { sendTo, useItems } from './grants.ts';

export interface AgentApiFunctionProps extends ControlPlane {
  readonly hostRole: Role;
}

export class AgentApiFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: AgentApiFunctionProps) {
    super(scope, id, {
      handler: 'agent-api',
      memoryMib: 256,
      timeout: Duration.seconds(10),
      quiet: true,
      environment: {
        ...commonEnvironment(props),
        ZONE_NAME: props.zoneName,
        HOST_ROLE_NAME: props.hostRole.roleName,
        HOST_ROLE_ID: props.hostRole.roleId,
      },
      grants: [useItems(props.table, 'GetItem', 'PutItem'), sendTo(props.wakeQueue)],
    });
  }
}
