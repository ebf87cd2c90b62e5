/** `doorbell`: the WebSocket API's routes. Called when sockets open, are proven, and close: small and quiet. */
import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Config } from '../../../functions/handlers/doorbell/config.ts';
import { BerthFunction } from './berth-function.ts';
import { useItems } from './grants.ts';

export interface DoorbellFunctionProps {
  readonly cluster: string;
  readonly table: Table;
  readonly hostRole: Role;
}

export class DoorbellFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: DoorbellFunctionProps) {
    super(scope, id, {
      handler: 'doorbell',
      memoryMib: 256,
      timeout: Duration.seconds(10),
      quiet: true,
      environment: {
        CLUSTER: props.cluster,
        TABLE_NAME: props.table.tableName,
        HOST_ROLE_NAME: props.hostRole.roleName,
        HOST_ROLE_ID: props.hostRole.roleId,
      },
      grants: [useItems(props.table, 'GetItem', 'PutItem', 'DeleteItem')],
    });
  }
}
