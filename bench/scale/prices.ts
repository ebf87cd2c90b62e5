/** What is paid, and what is given: prices and quotas of us-east-1, each with its source. */
import type { Units } from '../../test/support/dynamo-model/meter.ts';

/** List prices on demand (DynamoDB pricing, since November 2024), USD a unit. */
const PER_READ_UNIT = 0.125e-6;
const PER_WRITE_UNIT = 0.625e-6;

export const HOURS_A_MONTH = 730;

/** USD. */
export const priceOf = ({ reads, writes }: Units): number => reads * PER_READ_UNIT + writes * PER_WRITE_UNIT;

/** Of our functions; a loop ends its run by itself after 40 s, but no pass is cut short. */
export const FUNCTION_TIMEOUT_SECONDS = 60;

/** Calls a second that an account may make without end. */
export const QUOTAS: readonly {
  readonly service: string;
  readonly perSecond: number;
  readonly from: string;
}[] = [
  { service: 'Route 53', perSecond: 5, from: 'Developer Guide, Quotas' },
  {
    service: 'EC2',
    perSecond: 10,
    from: 'Developer Guide, Request throttling: CreateTags, the least of what we call often',
  },
  { service: 'API Gateway', perSecond: 10_000, from: 'Developer Guide, Quotas: an account and region' },
];

/** Record sets in a hosted zone (Route 53, Quotas); more are granted, and cost. */
export const ZONE_SETS_MAX = 10_000;
