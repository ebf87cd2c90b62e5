/**
 * One instance: what it was launched with, and the way it goes.
 *
 *     pending --pendingMs--> running --TerminateInstances--> shutting-down --shuttingDownMs--> terminated --> forgotten
 *        \_______________________ TerminateInstances ____________^
 */
import type { Instance as InstanceOutput, InstanceStateName } from '@aws-sdk/client-ec2';
import type { Image, InstanceProfile, LaunchTemplateVersion, Subnet } from './catalog.ts';
import type { InstanceType } from './parts/instance-types.ts';
import { toTagList } from './checks/tags.ts';
import type { Tags } from './checks/tags.ts';

export type InstanceState = Extract<
  InstanceStateName,
  'pending' | 'running' | 'shutting-down' | 'terminated'
>;

/** API Reference, InstanceState. */
export const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
};

export interface MetadataOptions {
  readonly httpTokens: 'optional' | 'required';
  readonly hopLimit: number;
  readonly tagsEnabled: boolean;
}

/** Everything that never changes after the launch. */
export interface Launch {
  readonly type: InstanceType;
  readonly image: Image;
  readonly subnet: Subnet;
  readonly securityGroupIds: readonly string[];
  readonly profile: InstanceProfile | undefined;
  readonly template: LaunchTemplateVersion;
  readonly clientToken: string | undefined;
  /** Decoded. */
  readonly userData: string;
  readonly metadata: MetadataOptions;
  /** Device names; the first one is the root. */
  readonly devices: readonly string[];
  readonly hasPublicAddress: boolean;
  readonly isProtected: boolean;
}

export interface Instance {
  readonly id: string;
  /** Ascends over all instances that ever were: the order of describe calls. */
  readonly position: number;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly launchedAtMs: number;
  /** Before this only the launching call knew it. */
  readonly visibleFromMs: number;
  readonly launch: Launch;
  /** Private IPv4 address. */
  readonly address: string;
  readonly interfaceId: string;
  readonly volumeIds: readonly string[];
  state: InstanceState;
  /** What comes by itself, and when. */
  next: { readonly state: InstanceState | 'forgotten'; readonly atMs: number } | undefined;
  /** Why it was terminated. */
  stateReason: { readonly code: string; readonly message: string } | undefined;
  terminatedAtMs: number | undefined;
  /** Tags of the instance, its interface and its volumes, by their ids. */
  readonly tags: Map<string, Tags>;
}

export const tagsOf = (instance: Instance): Tags => instance.tags.get(instance.id) ?? new Map();

/** `ip-10-77-0-11.ec2.internal`: us-east-1 has a domain of its own. */
export function hostNameOf(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${address.replaceAll('.', '-')}.${domain}`;
}

/**
 * A public address for show, from a range that nobody may use (RFC 5737): whoever mistakes it for the private one
 * reaches nothing, here as in an account without an ingress rule.
 */
export function publicAddressOf(instance: Instance): string | undefined {
  return instance.launch.hasPublicAddress
    ? instance.address.replace(/^\d+\.\d+\.\d+\./, '203.0.113.')
    : undefined;
}

/** As DescribeInstances and RunInstances show it. A terminated instance has no network and no volumes any more. */
export function toOutput(instance: Instance, account: string, region: string): InstanceOutput {
  const { launch, state } = instance;
  return {
    InstanceId: instance.id,
    ImageId: launch.image.id,
    InstanceType: launch.type.name as NonNullable<InstanceOutput['InstanceType']>,
    Architecture: launch.type.architecture,
    AmiLaunchIndex: instance.launchIndex,
    LaunchTime: new Date(instance.launchedAtMs),
    State: { Code: STATE_CODES[state], Name: state },
    StateTransitionReason: instance.stateReason?.message ?? '',
    ...(instance.stateReason && {
      StateReason: { Code: instance.stateReason.code, Message: instance.stateReason.message },
    }),
    Placement: { AvailabilityZone: launch.subnet.zone, GroupName: '', Tenancy: 'default' },
    Monitoring: { State: 'disabled' },
    EbsOptimized: false,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    RootDeviceType: 'ebs',
    RootDeviceName: launch.devices[0],
    MetadataOptions: {
      State: 'applied',
      HttpEndpoint: 'enabled',
      HttpTokens: launch.metadata.httpTokens,
      HttpPutResponseHopLimit: launch.metadata.hopLimit,
      InstanceMetadataTags: launch.metadata.tagsEnabled ? 'enabled' : 'disabled',
    },
    Tags: toTagList(tagsOf(instance)),
    ...(launch.clientToken !== undefined && { ClientToken: launch.clientToken }),
    ...(launch.profile && { IamInstanceProfile: { Arn: launch.profile.arn, Id: launch.profile.id } }),
    ...(state === 'terminated' ? {} : attachments(instance, account, region)),
  };
}

function attachments(instance: Instance, account: string, region: string): Partial<InstanceOutput> {
  const { launch, address } = instance;
  const publicAddress = publicAddressOf(instance);
  const groups = launch.securityGroupIds.map((GroupId) => ({ GroupId, GroupName: GroupId }));
  const attachedAt = new Date(instance.launchedAtMs);
  return {
    SubnetId: launch.subnet.id,
    VpcId: launch.subnet.vpcId,
    PrivateIpAddress: address,
    PrivateDnsName: hostNameOf(address, region),
    ...(publicAddress !== undefined && { PublicIpAddress: publicAddress }),
    SecurityGroups: groups,
    BlockDeviceMappings: launch.devices.map((DeviceName, index) => ({
      DeviceName,
      Ebs: {
        VolumeId: instance.volumeIds[index],
        Status: 'attached',
        DeleteOnTermination: true,
        AttachTime: attachedAt,
      },
    })),
    NetworkInterfaces: [
      {
        NetworkInterfaceId: instance.interfaceId,
        OwnerId: account,
        Status: 'in-use',
        SubnetId: launch.subnet.id,
        VpcId: launch.subnet.vpcId,
        PrivateIpAddress: address,
        Groups: groups,
        Attachment: {
          DeviceIndex: 0,
          Status: 'attached',
          DeleteOnTermination: true,
          AttachTime: attachedAt,
        },
      },
    ],
  };
}
