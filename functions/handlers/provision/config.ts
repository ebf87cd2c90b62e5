/** Environment of the `provision` function. */
import * as z from 'zod';
import { securityGroupsName } from '../../../contract/pool-spec.ts';
import { jsonEnv } from '../shared/json-env.ts';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  /** Launch template ids, one per architecture (one template = one AMI). */
  LAUNCH_TEMPLATE_X86_64: z.string().min(1),
  LAUNCH_TEMPLATE_ARM64: z.string().min(1),
  /** JSON: the same pair for each name of security groups that pools may name. */
  TEMPLATES_BY_GROUPS: jsonEnv(
    z.record(securityGroupsName, z.object({ x86_64: z.string().min(1), arm64: z.string().min(1) })),
  ),
  /** `pricing-api`, `file` or `synthetic`: see `core/model/price.ts`. */
  PRICE_SOURCE: z.enum(['pricing-api', 'file', 'synthetic']),
  /** Comma-separated subnet ids, one per zone. */
  SUBNET_IDS: z.string().min(1),
});
export type Config = z.infer<typeof config>;
