/**
 * On-demand list prices of Linux instances in us-east-1, in USD an hour, by family: the price of its `large`. Within these
 * families a price grows with the size (`medium` is half a `large`, `xlarge` two of them, `12xlarge` 24).
 *
 * Source: the price list of AWS as the project aws/karpenter-provider-aws keeps it in its generated file
 * `pkg/providers/pricing/zz_generated.pricing_aws.go`, "generated at 2026-01-19 for us-east-1". Other regions cost more or
 * less, but the order of types is about the same, and it is the order that is decided by.
 */
export const PRICED_AT = '2026-01-19';
export const PRICED_REGION = 'us-east-1';

export const LARGE_PER_HOUR: Readonly<Record<string, number>> = {
  t3: 0.0832,
  t3a: 0.0752,
  t4g: 0.0672,
  c5: 0.085,
  c5a: 0.077,
  c6a: 0.0765,
  c6g: 0.068,
  c6i: 0.085,
  c7a: 0.10264,
  c7g: 0.0725,
  c7i: 0.08925,
  'c7i-flex': 0.08479,
  c8g: 0.07976,
  c8i: 0.09371,
  'c8i-flex': 0.08902,
  m5: 0.096,
  m5a: 0.086,
  m6a: 0.0864,
  m6g: 0.077,
  m6i: 0.096,
  m7a: 0.11592,
  m7g: 0.0816,
  m7i: 0.1008,
  'm7i-flex': 0.09576,
  m8g: 0.08976,
  m8i: 0.10584,
  'm8i-flex': 0.10055,
  r5: 0.126,
  r5a: 0.113,
  r6a: 0.1134,
  r6g: 0.1008,
  r6i: 0.126,
  r7a: 0.15215,
  r7g: 0.1071,
  r7i: 0.1323,
  r8g: 0.11782,
  r8i: 0.13892,
  'r8i-flex': 0.13197,
};
