/** Codes of the Service Quotas (service `ec2`) that bound vCPUs, by what an instance type's name begins with. */
const ON_DEMAND: Readonly<Record<string, string>> = {
  dl: 'L-6E869C2A',
  f: 'L-74FC7D96',
  g: 'L-DB2E81BA',
  inf: 'L-1945791B',
  p: 'L-417A185B',
  trn: 'L-2C3B7624',
  vt: 'L-DB2E81BA',
  x: 'L-7295265B',
};
/** "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances". */
const ON_DEMAND_STANDARD = 'L-1216C47A';
/** "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests". */
export const SPOT_STANDARD_QUOTA = 'L-34B43A08';

/** @param instanceType `t4g.small`: the letters before the generation name the family. */
export const onDemandQuota = (instanceType: string): string => {
  const family = /^[a-z]+/.exec(instanceType)?.[0] ?? '';
  return ON_DEMAND[family] ?? ON_DEMAND_STANDARD;
};
