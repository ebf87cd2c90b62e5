/**
 * What a host may do: call the agents' routes, open its doorbell, look up where they are, and fetch its own software.
 * Nothing else.
 *
 * Not AmazonSSMManagedInstanceCore: it reads every parameter of the account. No Session Manager channels either:
 * nothing opens a console yet, and what will need them brings them along.
 * EC2 names the role's sessions after the instance, and the control plane tells hosts apart by that name: so nobody
 * but EC2 may assume the role.
 */
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { InstanceProfile, Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IStringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';
import { allow } from './functions/grants.ts';
import type { DoorbellApi } from './doorbell-api.ts';
import type { HostAssets } from './host-assets.ts';
import { API_LOGICAL_ID } from './http-api.ts';

export interface HostGrants {
  readonly api: HttpApi;
  readonly doorbell: DoorbellApi;
  readonly parameters: readonly IStringParameter[];
  readonly assets: HostAssets;
}

export class HostRole extends Construct {
  readonly role: Role;
  readonly profile: InstanceProfile;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: 'Hosts of Berth',
    });
    this.profile = new InstanceProfile(this, 'Profile', { role: this.role });
  }

  /** In a policy of its own, after the role: the API's functions know the role, and the grants know the API. */
  grant({ api, doorbell, parameters, assets }: HostGrants) {
    const grants = new Policy(this, 'Grants', {
      roles: [this.role],
      statements: [
        allow(['execute-api:Invoke'], [api.arnForExecuteApi('*', '/v1/agent/*', '$default')]),
        allow(['execute-api:Invoke'], [doorbell.connectArn]),
        allow(
          ['ssm:GetParameter'],
          parameters.map((each) => each.parameterArn),
        ),
        allow(['s3:GetObject'], assets.objectArns),
      ],
    });
    acknowledgeWildcard(
      grants,
      { service: 'execute-api', resource: `<${API_LOGICAL_ID}>/$default/*/v1/agent/*` },
      'The rest of the path names the host, whose id is given when it is launched. `agent-api` refuses a session whose ' +
        "instance is another host's.",
    );
  }
}
