/** Pools of hosts, as operators write them and as they are shown. */
import * as z from 'zod';

export const POOL_NAME = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
export const poolName = z.string().regex(POOL_NAME, {
  error: 'must be a lower-case letter, then letters, digits and inner hyphens, at most 32 characters',
});

export const instanceType = z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, {
  error: 'must be an instance type of EC2, such as m7g.large',
});

/** A set of security groups that the cluster was deployed with, and the pair of launch templates that goes with it. */
export const securityGroupsName = z.string().regex(POOL_NAME, {
  error:
    'must be the name of security groups that the cluster was deployed with: a lower-case letter, then letters, digits ' +
    'and inner hyphens, at most 32 characters',
});

/** Of Compose's kind, and of tags: short, without control characters. */
const labelKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/);
const labelValue = z.string().regex(/^[A-Za-z0-9._/-]{0,63}$/);

/** Room for so many containers of that size is kept free. */
export const headroom = z.strictObject({
  count: z.int().min(1).max(100),
  cpuMillis: z.int().min(0).max(1_000_000),
  memoryBytes: z
    .int()
    .min(0)
    .max(2 ** 44),
});

export const poolTaint = z.strictObject({ key: labelKey, value: labelValue });

const shape = {
  /** The cheapest that fits is asked for first; their architectures follow from their names. */
  instanceTypes: z.array(instanceType).min(1).max(20),
  /** Empty: all zones of the cluster. */
  zones: z.array(z.string().regex(/^[a-z0-9-]{1,40}$/)).max(10),
  /** By id or tag `Name`, of those that the cluster was deployed with; empty: all of them. */
  subnets: z.array(z.string().min(1).max(256)).max(20),
  /** Of those that the cluster was deployed with by name (`-c securityGroups.NAME=`); absent: the groups without a name. */
  securityGroups: securityGroupsName.optional(),
  hostsMin: z.int().min(0).max(1000),
  hostsMax: z.int().min(0).max(1000),
  /** Null: none. */
  headroom: headroom.nullable(),
  /** USD an hour, by list prices, of all its hosts together; null: no limit. */
  budgetPerHour: z.number().min(0).max(100_000).nullable(),
  labels: z.record(labelKey, labelValue),
  taints: z.array(poolTaint).max(20),
  /** From launch to registration; null: the cluster's. */
  registrationDeadlineMs: z.int().min(5_000).max(3_600_000).nullable(),
};

export const poolSpec = z.strictObject(shape).refine(({ hostsMin, hostsMax }) => hostsMin <= hostsMax, {
  error: 'hostsMin must not be more than hostsMax',
  path: ['hostsMin'],
});

/** What a type costs an hour here, as far as a list says. */
export const typePrice = z.strictObject({
  instanceType,
  /** USD, on demand; null: no list has the type, so what it costs is estimated from its size at a launch. */
  perHour: z.number().nullable(),
  /** `pricing-api`: as AWS told it for this region; `file`: Berth's own list; `synthetic`: nothing has a price here. */
  source: z.enum(['pricing-api', 'file', 'synthetic', 'estimate']),
  /** The day it was told, or that of the list: `2026-01-19`. Null: it is estimated. */
  asOf: z.string().nullable(),
  /** Where it is from, and why not from AWS, in words. */
  origin: z.string(),
});

/** A pool with what it has now. */
export const poolView = z.strictObject({
  name: poolName,
  ...shape,
  /** Hosts that are there or on their way. */
  hosts: z.int(),
  /** Of its types, in their order. */
  prices: z.array(typePrice),
  /** Why it gets no more now; empty: nothing is known. */
  reason: z.string(),
});
export const poolList = z.array(poolView);

export type PoolSpec = z.infer<typeof poolSpec>;
export type TypePrice = z.infer<typeof typePrice>;
export type PoolView = z.infer<typeof poolView>;
