/** The functions of a cluster. Who knows whom is seen here: `reconcile` and `tick` invoke `register` and `provision`. */
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { DoorbellApi } from '../doorbell-api.ts';
import type { LaunchTemplates } from '../launch-templates.ts';
import type { Network } from '../network.ts';
import { PriceSourceParameter } from '../price-source.ts';
import type { Queues } from '../queues.ts';
import { AgentApiFunction } from './agent-api-function.ts';
import { ApiFunction } from './api-function.ts';
import type { ControlPlane } from './control-plane.ts';
import { DeleteGuardFunction } from './delete-guard.ts';
import { EventsFunction } from './events-function.ts';
import { ProvisionFunction } from './provision-function.ts';
import { ReconcileFunction } from './reconcile-function.ts';
import { RegisterFunction } from './register-function.ts';
import { TickFunction } from './tick-function.ts';

export interface AllFunctionsProps extends Omit<ControlPlane, 'wakeQueue'> {
  readonly queues: Queues;
  readonly zone: IHostedZone;
  readonly network: Network;
  readonly launchTemplates: LaunchTemplates;
  readonly hostRole: Role;
  readonly doorbell: DoorbellApi;
}

export function allFunctions(scope: Construct, props: AllFunctionsProps) {
  const {
    cluster,
    zoneName,
    table,
    agentRelease,
    queues,
    zone,
    network,
    launchTemplates,
    hostRole,
    doorbell,
  } = props;
  const priceSource = new PriceSourceParameter(scope).valueAsString;
  const plane = { cluster, zoneName, table, wakeQueue: queues.wake, agentRelease };
  const register = new RegisterFunction(scope, 'Register', { ...plane, zone });
  const provision = new ProvisionFunction(scope, 'Provision', {
    ...plane,
    network,
    launchTemplates,
    hostRole,
    priceSource,
  });
  const loops = { ...plane, register, provision };
  return {
    register,
    provision,
    reconcile: new ReconcileFunction(scope, 'Reconcile', { ...loops, doorbell }),
    tick: new TickFunction(scope, 'Tick', { ...loops, tickQueue: queues.tick }),
    events: new EventsFunction(scope, 'Events', { ...plane, provision }),
    api: new ApiFunction(scope, 'Api', {
      ...plane,
      ...{ hostRole, priceSource, securityGroups: Object.keys(network.groupsByName) },
    }),
    deleteGuard: new DeleteGuardFunction(scope, 'DeleteGuard', { cluster, zoneName, zone }),
    agentApi: new AgentApiFunction(scope, 'AgentApi', { ...plane, hostRole }),
  };
}
