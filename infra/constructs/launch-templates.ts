/**
 * One launch template an architecture, because a template names one AMI and an AMI has one architecture; and such a pair for
 * each name of security groups that pools may name, because an override of a fleet cannot name groups. The pairs differ in
 * their groups alone.
 *
 * The AMI comes from AWS's public parameter, resolved by CloudFormation when the stack is deployed, not by EC2 at each
 * launch (`resolve:ssm:`): so a version of the template stands for one AMI for ever, a retried launch has the
 * same parameters as the first (else its client token would not match), and `provision` needs no right to read
 * parameters. A new AMI comes with the next deploy of the stack. An image of one's own: put its id into a parameter and
 * name that one, `cdk deploy --parameters HostImageX86=/my/image`.
 *
 * No network interfaces in the template: RunInstances names the subnet, and EC2 refuses both together. The public
 * address comes from the subnet.
 */
import { CfnParameter, Fn } from 'aws-cdk-lib';
import { CfnLaunchTemplate, type ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { InstanceProfile } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CLUSTER_TAG, DEFAULT_INSTANCE_TYPES, HOST_VOLUME_GIB } from '../config.ts';
import type { Architecture } from '../host-asset/host-archive.ts';

/** ECS-optimized Amazon Linux 2023: Docker is in it, as it is not in the plain one. */
const IMAGES: Record<Architecture, { parameter: string; publicName: string }> = {
  x86_64: {
    parameter: 'HostImageX86',
    publicName: '/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id',
  },
  arm64: {
    parameter: 'HostImageArm',
    publicName: '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id',
  },
};

export interface LaunchTemplatesProps {
  readonly cluster: string;
  readonly hostGroups: readonly ISecurityGroup[];
  readonly groupsByName: Readonly<Record<string, readonly ISecurityGroup[]>>;
  readonly profile: InstanceProfile;
  /** Shell scripts, with CDK tokens in them. */
  readonly userData: Record<Architecture, string>;
}

export class LaunchTemplates extends Construct {
  readonly ids: Record<Architecture, string>;
  /** By the name of the security groups. */
  readonly byGroups: Readonly<Record<string, Record<Architecture, string>>>;

  constructor(scope: Construct, id: string, props: LaunchTemplatesProps) {
    super(scope, id);
    const images = { x86_64: this.#image('x86_64'), arm64: this.#image('arm64') };
    const pair = (at: Construct, groups: readonly ISecurityGroup[], words: string) => {
      const template = (architecture: Architecture, name: string) =>
        new CfnLaunchTemplate(at, name, {
          launchTemplateData: templateData(architecture, images[architecture], groups, props),
          versionDescription: `Berth host, ${architecture}${words}`,
        }).ref;
      return { x86_64: template('x86_64', 'X86'), arm64: template('arm64', 'Arm') };
    };
    this.ids = pair(this, props.hostGroups, '');
    this.byGroups = Object.fromEntries(
      Object.entries(props.groupsByName).map(([name, groups]) => [
        name,
        pair(new Construct(this, `Groups-${name}`), groups, `, security groups ${name}`),
      ]),
    );
  }

  /** Of every template. */
  get allIds(): readonly string[] {
    return [this.ids, ...Object.values(this.byGroups)].flatMap((pair) => Object.values(pair));
  }

  #image(architecture: Architecture): string {
    const { parameter, publicName } = IMAGES[architecture];
    const image = new CfnParameter(this, parameter, {
      type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
      default: publicName,
      description: `Name of the parameter that holds the image of ${architecture} hosts`,
    });
    image.overrideLogicalId(parameter);
    return image.valueAsString;
  }
}

function templateData(
  architecture: Architecture,
  imageId: string,
  groups: readonly ISecurityGroup[],
  { cluster, profile, userData }: LaunchTemplatesProps,
): CfnLaunchTemplate.LaunchTemplateDataProperty {
  const tags = [
    { key: CLUSTER_TAG, value: cluster },
    { key: 'Name', value: `berth ${cluster}` },
  ];
  return {
    imageId,
    instanceType: DEFAULT_INSTANCE_TYPES[architecture],
    iamInstanceProfile: { arn: profile.instanceProfileArn },
    securityGroupIds: groups.map((group) => group.securityGroupId),
    metadataOptions: METADATA_OPTIONS,
    blockDeviceMappings: [ROOT_VOLUME],
    monitoring: { enabled: false },
    tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
      resourceType,
      tags,
    })),
    userData: Fn.base64(userData[architecture]),
  };
}

/** Session tokens only, and one hop: an answer to a container, one hop further, dies on the way. */
const METADATA_OPTIONS = {
  httpEndpoint: 'enabled',
  httpTokens: 'required',
  httpPutResponseHopLimit: 1,
  instanceMetadataTags: 'enabled',
};

const ROOT_VOLUME = {
  deviceName: '/dev/xvda',
  ebs: { volumeType: 'gp3', volumeSize: HOST_VOLUME_GIB, encrypted: true, deleteOnTermination: true },
};
