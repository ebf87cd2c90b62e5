/** Environment of the `api` function, parsed once; `infra/constructs/functions/api-function.ts` sets every key. */
import * as z from 'zod';
import { securityGroupsName } from '../../../contract/pool-spec.ts';
import { jsonEnv } from '../shared/json-env.ts';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  ZONE_NAME: z.string().min(1),
  /** JSON: the names of security groups that pools may name. */
  SECURITY_GROUPS: jsonEnv(z.array(securityGroupsName)),
  /** Where prices come from: as `provision` has it. */
  PRICE_SOURCE: z.enum(['pricing-api', 'file', 'synthetic']),
  /** Sessions of this role are hosts: refused on operators' routes even if somebody widens their policy. */
  HOST_ROLE_NAME: z.string().min(1),
});
export type Config = z.infer<typeof config>;
