/**
 * What EC2 may answer instead of doing what was asked (EC2 Developer Guide, "Error codes for the Amazon EC2 API"): the
 * codes that every action has, those of servers, and those that the action's own parameters can bring about. Also a code
 * that nobody knows yet.
 */
const COMMON = [
  'AuthFailure',
  'Blocked',
  'IncompleteSignature',
  'InternalError',
  'InternalFailure',
  'InvalidAction',
  'InvalidCharacter',
  'InvalidClientTokenId',
  'InvalidParameter',
  'InvalidParameterCombination',
  'InvalidParameterDependency',
  'InvalidParameterValue',
  'InvalidQueryParameter',
  'MalformedQueryString',
  'MissingAction',
  'MissingAuthenticationToken',
  'MissingParameter',
  'OptInRequired',
  'PendingVerification',
  'RequestExpired',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'UnauthorizedOperation',
  'Unavailable',
  'UnknownParameter',
  'UnsupportedInstanceAttribute',
  'UnsupportedOperation',
  'UnsupportedProtocol',
  'ValidationError',
  'ACodeOfNextYear',
] as const;

/**
 * EC2 answers a token that it knows with the instances that the token made, and gives these only to one that made none: a
 * batch of which an instance lives never sees them.
 */
const NEVER_OF_A_LIVING_TOKEN = [
  'IdempotentInstanceTerminated',
  'IdempotentParameterMismatch',
  'InsufficientCapacity',
  'InsufficientFreeAddressesInSubnet',
  'InsufficientHostCapacity',
  'InsufficientInstanceCapacity',
  'InsufficientReservedInstanceCapacity',
  'SpotMaxPriceTooLow',
  'UnfulfillableCapacity',
] as const;

const LAUNCH = [
  ...NEVER_OF_A_LIVING_TOKEN,
  'DryRunOperation',
  'EncryptedVolumesNotSupported',
  'InstanceCreditSpecification.NotSupported',
  'InstanceLimitExceeded',
  'InsufficientAddressCapacity',
  'InsufficientCapacityOnHost',
  'InsufficientVolumeCapacity',
  'InvalidAMIAttributeItemValue',
  'InvalidAMIID.Malformed',
  'InvalidAMIID.NotFound',
  'InvalidAMIID.Unavailable',
  'InvalidAvailabilityZone',
  'InvalidBlockDeviceMapping',
  'InvalidGroup.NotFound',
  'InvalidIamInstanceProfile',
  'InvalidInstanceType',
  'InvalidInterface.IpAddressLimitExceeded',
  'InvalidKeyPair.NotFound',
  'InvalidLaunchTemplateId.Malformed',
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
  'InvalidPlacementGroup.Unknown',
  'InvalidSecurityGroupID.NotFound',
  'InvalidSnapshot.NotFound',
  'InvalidSubnet.Range',
  'InvalidSubnetID.NotFound',
  'InvalidUserData.Malformed',
  'InvalidVpcID.NotFound',
  'MaxIOPSLimitExceeded',
  'MaxSpotInstanceCountExceeded',
  'NetworkInterfaceLimitExceeded',
  'OperationNotPermitted',
  'PrivateIpAddressLimitExceeded',
  'ResourceCountExceeded',
  'SecurityGroupsPerInstanceLimitExceeded',
  'TagLimitExceeded',
  'TagPolicyViolation',
  'Unsupported',
  'UnsupportedHostConfiguration',
  'UnsupportedTenancy',
  'VcpuLimitExceeded',
  'VolumeLimitExceeded',
  'VPCIdNotSpecified',
  'VPCResourceNotSpecified',
] as const;

export const CODES = {
  CreateFleet: [...COMMON, ...LAUNCH],
  CreateTags: [...COMMON, 'InvalidID', 'InvalidInstanceID.NotFound', 'TagLimitExceeded'],
  DescribeInstances: [
    ...COMMON,
    'FilterLimitExceeded',
    'InvalidFilter',
    'InvalidNextToken',
    'InvalidPaginationToken',
  ],
  // OperationNotPermitted is somebody's wish that the instance stays (test/unit/usecases/garbage.test.ts).
  TerminateInstances: [
    ...COMMON,
    'IncorrectInstanceState',
    'IncorrectState',
    'InvalidInstanceID',
    'InvalidInstanceID.Malformed',
    'InvalidInstanceID.NotFound',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export const isOnlyOfFreshTokens = (code: string): boolean =>
  (NEVER_OF_A_LIVING_TOKEN as readonly string[]).includes(code);
