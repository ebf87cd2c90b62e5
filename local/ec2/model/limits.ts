/** The bounds of EC2 that the model enforces. Each one names where it is written. */

/** How many calls of an action may come: a bucket of `size` tokens, `refillPerSecond` of which come back a second. */
export interface BucketSize {
  readonly size: number;
  readonly refillPerSecond: number;
}

/**
 * EC2 Developer Guide, "Request throttling", request token buckets: the non-mutating category, the category
 * "unfiltered and unpaginated", and the uncategorized actions that have buckets of their own.
 */
export const REQUEST_BUCKETS = {
  RunInstances: { size: 5, refillPerSecond: 2 },
  /** It launches: as RunInstances. */
  CreateFleet: { size: 5, refillPerSecond: 2 },
  TerminateInstances: { size: 100, refillPerSecond: 5 },
  CreateTags: { size: 100, refillPerSecond: 10 },
  DescribeInstances: { size: 100, refillPerSecond: 20 },
  DescribeInstanceStatus: { size: 100, refillPerSecond: 20 },
  DescribeInstanceTypes: { size: 100, refillPerSecond: 20 },
  DescribeVolumes: { size: 100, refillPerSecond: 20 },
  DescribeNetworkInterfaces: { size: 100, refillPerSecond: 20 },
  /** DescribeInstances without ids, filters and MaxResults has a smaller bucket of its own. */
  DescribeAllInstances: { size: 50, refillPerSecond: 10 },
} as const satisfies Readonly<Record<string, BucketSize>>;

/** The same page, resource token buckets: one token an instance. */
export const RESOURCE_BUCKETS = {
  RunInstances: { size: 1000, refillPerSecond: 2 },
  TerminateInstances: { size: 1000, refillPerSecond: 20 },
} as const satisfies Readonly<Record<string, BucketSize>>;

/** API Reference, DescribeInstances: MaxResults. */
export const DESCRIBE_INSTANCES_PAGE = { minimum: 5, maximum: 1000 } as const;
/** API Reference, DescribeInstanceStatus, InstanceIds: the most that one call may name. */
export const DESCRIBE_STATUS_IDS_MAX = 100;
/** API Reference, DescribeInstanceTypes: MaxResults, and the most names in InstanceTypes. */
export const DESCRIBE_TYPES_PAGE = { minimum: 5, maximum: 100 } as const;
export const DESCRIBE_TYPES_NAMES_MAX = 100;

/** User Guide, "Tag your resources", restrictions. */
export const TAGS_MAX = 50;
export const TAG_KEY_LENGTH_MAX = 128;
export const TAG_VALUE_LENGTH_MAX = 256;
/** API Reference, CreateTags: resources a call. */
export const TAG_RESOURCES_MAX = 1000;

/** User Guide, "Filter your resources": values in all filters of one call. */
export const FILTER_VALUES_MAX = 200;

/** Developer Guide, "Ensuring idempotency": ASCII characters of a client token. */
export const CLIENT_TOKEN_LENGTH_MAX = 64;
/** API Reference, RunInstances, ClientToken: a token stays known for at least this long after the termination. */
export const CLIENT_TOKEN_KEPT_MS = 24 * 3600_000;

/** User Guide, "Run commands when you launch": raw bytes of user data. */
export const USER_DATA_BYTES_MAX = 16_384;

/** User Guide, "EC2 Fleet quotas": target capacity of a fleet. */
export const FLEET_CAPACITY_MAX = 10_000;

/** Quota L-1216C47A, "Running On-Demand Standard instances", in vCPUs: what a young account has. */
export const VCPU_LIMIT = 32;

/** Calls kept by the recorder. */
export const CALLS_KEPT = 10_000;

/** How long things take. All of them can be set; these are short so that a local deploy is quick. */
export const TIMINGS = {
  /** From RunInstances to running; 10 to 30 s in an account. */
  pendingMs: 300,
  /** From TerminateInstances to terminated; tens of seconds in an account. */
  shuttingDownMs: 500,
  /** User Guide, "Terminate your instance": a terminated instance stays visible for about an hour. */
  terminatedVisibleMs: 3600_000,
  /** From RunInstances until other calls know the instance (Developer Guide, "Eventual consistency"). */
  describeLagMs: 1000,
} as const;
