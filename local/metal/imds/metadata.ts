/** What the metadata service knows about one instance. Everything comes from local/ec2; nothing is invented here. */
export interface InstanceMetadata {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly accountId: string;
  readonly region: string;
  readonly zone: string;
  /** Private IPv4 address. */
  readonly address: string;
  /** Full private host name. */
  readonly hostname: string;
  /** Time of launch, ISO 8601. */
  readonly launchedAt: string;
  /** The instance's tags; undefined unless the launch said `InstanceMetadataTags: enabled`. */
  readonly tags: Readonly<Record<string, string>> | undefined;
  /** The role of the instance profile; undefined for an instance without one. */
  readonly role: InstanceRole | undefined;
  /** Decoded user data; undefined or empty when there is none. */
  readonly userData: string | undefined;
}

export interface InstanceRole {
  /** The role's name: the path under `iam/security-credentials/`. */
  readonly name: string;
  /** The role's ARN, which AssumeRole is asked for. */
  readonly arn: string;
}

/** Answers who asks: an instance is known by the address that its request came from, as in a VPC. */
export interface MetadataSource {
  describe(sourceAddress: string): InstanceMetadata | undefined;
}
