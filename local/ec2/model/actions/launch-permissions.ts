/**
 * What a caller of RunInstances or CreateFleet must be allowed to do, resource by resource: Service Authorization
 * Reference, "Actions, resources, and condition keys for Amazon EC2", RunInstances, CreateFleet and CreateTags; IAM User
 * Guide, "Grant permissions to pass a role"; EC2 User Guide, "Grant permission to tag resources during creation" and "Use
 * a Systems Manager parameter". An instant fleet launches with its caller's own rights: they need both actions, on the
 * same resources; tags of its instances are asked for under both names, since no document says which one counts.
 */
import type { RunInstancesRequest, TagSpecification } from '@aws-sdk/client-ec2';
import type { Launch } from '../instance.ts';
import { imageParameter } from './launch-template.ts';
import type { Context, PermissionCheck } from '../checks/policy.ts';
import { toTags, type Taggable, type Tags } from '../checks/tags.ts';
import type { World } from '../world.ts';
import { arnOf, commonContext, tagContext } from '../world.ts';

export function launchChecks(
  world: World,
  launch: Launch,
  tags: Readonly<Record<Taggable, Tags>>,
  input: RunInstancesRequest,
  { byFleet = false }: { readonly byFleet?: boolean } = {},
): readonly PermissionCheck[] {
  const shared = sharedContext(world, launch);
  const run = (kind: string, id: string, fromTemplate: boolean, context: Context = {}): PermissionCheck => ({
    action: 'ec2:RunInstances',
    resource: arnOf(world, kind, id),
    context: { ...shared, 'ec2:islaunchtemplateresource': String(fromTemplate), ...context },
  });
  const subnetFromCall = (input.SubnetId ?? input.NetworkInterfaces?.[0]?.SubnetId) !== undefined;
  const place = {
    'ec2:vpc': arnOf(world, 'vpc', launch.subnet.vpcId),
    'ec2:subnet': arnOf(world, 'subnet', launch.subnet.id),
  };
  const checks = [
    run('image', launch.image.id, true, {
      'ec2:imagetype': 'machine',
      'ec2:owner': 'amazon',
      'ec2:public': 'true',
    }),
    run('instance', '*', input.InstanceType === undefined, {
      ...instanceContext(launch),
      ...requestTagContext(tags.instance),
    }),
    run('network-interface', '*', !subnetFromCall, {
      ...place,
      'ec2:associatepublicipaddress': String(launch.hasPublicAddress),
      ...requestTagContext(tags['network-interface']),
    }),
    ...launch.securityGroupIds.map((id) => run('security-group', id, true, { 'ec2:vpc': place['ec2:vpc'] })),
    run('subnet', launch.subnet.id, !subnetFromCall, {
      'ec2:vpc': place['ec2:vpc'],
      ...tagContext(['ec2:ResourceTag', 'aws:ResourceTag'], Object.entries(launch.subnet.tags)),
    }),
    run('volume', '*', true, requestTagContext(tags.volume)),
    run(
      'launch-template',
      launch.template.id,
      false,
      tagContext(['ec2:ResourceTag', 'aws:ResourceTag'], Object.entries(launch.template.tags)),
    ),
  ];
  return [
    ...checks,
    ...(byFleet ? checks.map((check) => ofFleet(world, check)) : []),
    ...tagChecks(world, shared, tags, byFleet),
    ...passRole(world, launch),
    ...readParameter(world, launch),
  ];
}

/** CreateFleet on the same resource. No document gives it the keys that say what template a launch comes from. */
function ofFleet(world: World, { resource, context }: PermissionCheck): PermissionCheck {
  const own = Object.entries(context).filter(([key]) => /^aws:(?:requesttag|tagkeys)/.test(key));
  return {
    action: 'ec2:CreateFleet',
    resource,
    context: { ...commonContext(world), ...Object.fromEntries(resource.includes(':instance/') ? own : []) },
  };
}

/** For the fleet itself and its tags. */
export function fleetChecks(
  world: World,
  templates: readonly string[],
  specifications: readonly TagSpecification[],
): readonly PermissionCheck[] {
  const tags = toTags(specifications.flatMap(({ Tags = [] }) => Tags));
  const context = { ...commonContext(world), ...requestTagContext(tags) };
  const fleet = arnOf(world, 'fleet', '*');
  return [
    { action: 'ec2:CreateFleet', resource: fleet, context },
    ...[...new Set(templates)].map((id) => ({
      action: 'ec2:CreateFleet',
      resource: arnOf(world, 'launch-template', id),
      context: commonContext(world),
    })),
    ...(tags.size === 0
      ? []
      : [
          {
            action: 'ec2:CreateTags',
            resource: fleet,
            context: { ...context, 'ec2:createaction': 'CreateFleet' },
          },
        ]),
  ];
}

function sharedContext(world: World, launch: Launch): Context {
  return {
    ...commonContext(world),
    'ec2:launchtemplate': arnOf(world, 'launch-template', launch.template.id),
    'ec2:availabilityzone': launch.subnet.zone,
  };
}

function instanceContext({ type, profile, metadata }: Launch): Context {
  return {
    'ec2:instancetype': type.name,
    'ec2:tenancy': 'default',
    'ec2:ebsoptimized': 'false',
    'ec2:rootdevicetype': 'ebs',
    'ec2:instancemarkettype': 'on-demand',
    'ec2:metadatahttptokens': metadata.httpTokens,
    'ec2:metadatahttpputresponsehoplimit': String(metadata.hopLimit),
    ...(profile && { 'ec2:instanceprofile': profile.arn }),
  };
}

/** EC2's own tags are not the caller's. */
function requestTagContext(tags: Tags): Context {
  const asked = [...tags].filter(([key]) => !key.startsWith('aws:'));
  if (asked.length === 0) return {};
  return { ...tagContext(['aws:RequestTag'], asked), 'aws:tagkeys': asked.map(([key]) => key) };
}

/** Tagging at launch is a permission of its own, wherever the tags were written. */
function tagChecks(
  world: World,
  shared: Context,
  tags: Readonly<Record<Taggable, Tags>>,
  byFleet: boolean,
): PermissionCheck[] {
  return Object.entries(tags).flatMap(([kind, own]) => {
    const context = requestTagContext(own);
    if (Object.keys(context).length === 0) return [];
    const asked = byFleet && kind === 'instance' ? ['RunInstances', 'CreateFleet'] : ['RunInstances'];
    return asked.map((createAction) => ({
      action: 'ec2:CreateTags',
      resource: arnOf(world, kind, '*'),
      context: { ...shared, ...context, 'ec2:createaction': createAction },
    }));
  });
}

function passRole(world: World, { profile }: Launch): PermissionCheck[] {
  if (profile?.role === undefined) return [];
  return [
    {
      action: 'iam:PassRole',
      resource: profile.role.arn,
      context: { ...commonContext(world), 'iam:passedtoservice': 'ec2.amazonaws.com' },
    },
  ];
}

function readParameter(world: World, { template }: Launch): PermissionCheck[] {
  const name = imageParameter(template)?.replace(/:[^/]*$/, '');
  if (name === undefined) return [];
  const owner = name.startsWith('/aws/') ? '' : world.account;
  return [
    {
      action: 'ssm:GetParameters',
      resource: `arn:aws:ssm:${world.region}:${owner}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
      context: commonContext(world),
    },
  ];
}
