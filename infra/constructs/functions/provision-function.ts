/**
 * `provision`: the only function that touches EC2. Invoked by `reconcile` and by `tick`.
 *
 * It may launch only from the cluster's own templates, only with the owner tag, and terminate only what bears that tag.
 */
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import type { Config } from '../../../functions/handlers/provision/config.ts';
import { CLUSTER_TAG, HOST_TAG } from '../../config.ts';
import { acknowledgeWildcard, type WildcardArn } from '../acknowledge-wildcard.ts';
import type { LaunchTemplates } from '../launch-templates.ts';
import type { Network } from '../network.ts';
import { BerthFunction } from './berth-function.ts';
import { commonEnvironment, NO_RETRIES, type ControlPlane } from './control-plane.ts';
import { allow, sendTo, useItems } from './grants.ts';

export interface ProvisionFunctionProps extends ControlPlane {
  readonly network: Network;
  readonly launchTemplates: LaunchTemplates;
  readonly hostRole: IRole;
  /** See `price-source.ts`. */
  readonly priceSource: string;
}

export class ProvisionFunction extends BerthFunction<Config> {
  constructor(scope: Construct, id: string, props: ProvisionFunctionProps) {
    const { launchTemplates, network } = props;
    super(scope, id, {
      handler: 'provision',
      memoryMib: 256,
      timeout: Duration.seconds(60),
      mayRecurse: true,
      environment: {
        ...commonEnvironment(props),
        PRICE_SOURCE: props.priceSource,
        LAUNCH_TEMPLATE_X86_64: launchTemplates.ids.x86_64,
        LAUNCH_TEMPLATE_ARM64: launchTemplates.ids.arm64,
        TEMPLATES_BY_GROUPS: JSON.stringify(launchTemplates.byGroups),
        SUBNET_IDS: network.subnetIds.join(','),
      },
      grants: [
        useItems(props.table, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'),
        sendTo(props.wakeQueue),
        ...launch(scope, props),
        ...fleets(scope, props),
        nameHosts(scope, props),
        describe(),
        readPrices(),
        terminate(scope, props),
      ],
    });
    this.configureAsyncInvoke(NO_RETRIES);
    acknowledge(this.executionRole);
  }
}

const UNKNOWN_BEFORE =
  'Its id is given at the launch. Bound by conditions instead: only from our launch templates, only with the owner tag; ' +
  'tags only in the same call.';

function acknowledge(role: IConstruct): void {
  const wildcard = (resource: string, reason: string, owner: WildcardArn['owner'] = 'account') =>
    acknowledgeWildcard(role, { service: 'ec2', resource, owner }, reason);
  wildcard('instance/*', `${UNKNOWN_BEFORE} Terminated only if it bears the owner tag.`);
  for (const resource of ['fleet/*', 'volume/*', 'network-interface/*']) wildcard(resource, UNKNOWN_BEFORE);
  wildcard(
    'image/*',
    'Launched only from our launch templates (ec2:IsLaunchTemplateResource); a fleet without that launches nothing.',
    'nobody',
  );
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'Describe actions of EC2 know no resources (service authorization reference of Amazon EC2), nor does ' +
      'pricing:GetProducts (AWS Price List): it reads what AWS publishes to everybody, and nothing of the account.',
  });
}

/** A fleet launches by RunInstances, with its caller's rights on every resource; each statement allows one kind of them. */
function launch(scope: Construct, props: ProvisionFunctionProps): PolicyStatement[] {
  const ec2 = ec2Arns(scope);
  const templates = props.launchTemplates.allIds.map((id) => ec2(`launch-template/${id}`));
  const byTemplate = { ArnEquals: { 'ec2:LaunchTemplate': templates } };
  const ownerTag = { [`aws:RequestTag/${CLUSTER_TAG}`]: props.cluster };
  const created = [ec2('instance/*'), ec2('volume/*'), ec2('network-interface/*')];
  const subnets = props.network.subnetIds.map((subnet) => ec2(`subnet/${subnet}`));
  const groups = props.network.allGroups.map((group) => ec2(`security-group/${group.securityGroupId}`));
  return [
    allow(['ec2:RunInstances'], templates),
    allow(['ec2:RunInstances'], [...subnets, ...groups], byTemplate),
    // The template's own image, whichever its version names: a launch is retried with the version it was frozen with.
    allow(['ec2:RunInstances'], [ec2('image/*', 'nobody')], {
      ...byTemplate,
      Bool: { 'ec2:IsLaunchTemplateResource': 'true' },
    }),
    allow(['ec2:RunInstances'], created, { ...byTemplate, StringEquals: ownerTag }),
    allow(['ec2:CreateTags'], [...created, ec2('fleet/*')], {
      StringEquals: { ...ownerTag, 'ec2:CreateAction': ['RunInstances', 'CreateFleet'] },
    }),
    allow(['iam:PassRole'], [props.hostRole.roleArn], {
      StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    }),
  ];
}

/**
 * CreateFleet asks for the same resources under its own name, without the keys that would bind them to our templates: what
 * is launched is bound by `launch`. Tags of volumes and interfaces come from the template, so the call has none for them.
 */
function fleets(scope: Construct, props: ProvisionFunctionProps): PolicyStatement[] {
  const ec2 = ec2Arns(scope);
  const templates = props.launchTemplates.allIds.map((id) => ec2(`launch-template/${id}`));
  const subnets = props.network.subnetIds.map((subnet) => ec2(`subnet/${subnet}`));
  const groups = props.network.allGroups.map((group) => ec2(`security-group/${group.securityGroupId}`));
  const unnamed = [ec2('volume/*'), ec2('network-interface/*'), ec2('image/*', 'nobody')];
  return [
    allow(['ec2:CreateFleet'], [ec2('fleet/*'), ec2('instance/*')], {
      StringEquals: { [`aws:RequestTag/${CLUSTER_TAG}`]: props.cluster },
    }),
    allow(['ec2:CreateFleet'], [...templates, ...subnets, ...groups, ...unnamed]),
  ];
}

/** The one tag that an instance gets later: which host it is. */
function nameHosts(scope: Construct, { cluster }: ProvisionFunctionProps): PolicyStatement {
  return allow(['ec2:CreateTags'], [ec2Arns(scope)('instance/*')], {
    StringEquals: { [`aws:ResourceTag/${CLUSTER_TAG}`]: cluster },
    'ForAllValues:StringEquals': { 'aws:TagKeys': [HOST_TAG] },
  });
}

/** EC2's describe actions know no resources. */
function describe(): PolicyStatement {
  return allow(
    [
      'ec2:DescribeInstances',
      'ec2:DescribeInstanceStatus',
      'ec2:DescribeInstanceTypes',
      'ec2:DescribeLaunchTemplateVersions',
      'ec2:DescribeSubnets',
    ],
    ['*'],
  );
}

/** One action, which knows no resources: the public price list. */
const readPrices = (): PolicyStatement => allow(['pricing:GetProducts'], ['*']);

function terminate(scope: Construct, { cluster }: ProvisionFunctionProps): PolicyStatement {
  return allow(['ec2:TerminateInstances'], [ec2Arns(scope)('instance/*')], {
    StringEquals: { [`aws:ResourceTag/${CLUSTER_TAG}`]: cluster },
  });
}

/** ARNs of EC2 in this account and region; images belong to no account. */
function ec2Arns(scope: Construct) {
  const { partition, region, account } = Stack.of(scope);
  return (resource: string, owner: 'account' | 'nobody' = 'account') =>
    `arn:${partition}:ec2:${region}:${owner === 'account' ? account : ''}:${resource}`;
}
