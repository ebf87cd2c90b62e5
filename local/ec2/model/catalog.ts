/**
 * What a launch refers to but EC2's instances do not own: launch templates, subnets, images, instance profiles. The
 * local cloud reads them from the emulator, where CloudFormation made them; tests write them down.
 */
import type { ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';

export interface LaunchTemplateVersion {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly data: ResponseLaunchTemplateData;
  /** Tags of the template itself. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  /** MapPublicIpOnLaunch. */
  readonly givesPublicAddress: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Image {
  readonly id: string;
  readonly architecture: 'x86_64' | 'arm64';
}

export interface InstanceProfile {
  readonly arn: string;
  /** `AIPA…` */
  readonly id: string;
  readonly name: string;
  /** A profile holds one role at most. */
  readonly role: { readonly name: string; readonly arn: string } | undefined;
}

export interface LaunchTemplateQuery {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** A number, `$Latest` or `$Default`. */
  readonly version: string;
}

export interface Catalog {
  /** 'no-template' and 'no-version' tell what is missing. */
  launchTemplate(query: LaunchTemplateQuery): LaunchTemplateVersion | 'no-template' | 'no-version';
  subnet(id: string): Subnet | undefined;
  image(id: string): Image | undefined;
  /** By ARN or by name. */
  instanceProfile(reference: {
    arn?: string | undefined;
    name?: string | undefined;
  }): InstanceProfile | undefined;
  securityGroupExists(id: string): boolean;
  /** The value of a public or own parameter, for `resolve:ssm:` images. */
  parameter(name: string): string | undefined;
}
