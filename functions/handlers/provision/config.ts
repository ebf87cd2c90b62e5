/** Environment of the `provision` function. */
import * as z from 'zod';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  /** Launch template ids, one per architecture (one template = one AMI). */
  LAUNCH_TEMPLATE_X86_64: z.string().min(1),
  LAUNCH_TEMPLATE_ARM64: z.string().min(1),
  /** `pricing-api`, `file` or `synthetic`: see `core/model/price.ts`. */
  PRICE_SOURCE: z.enum(['pricing-api', 'file', 'synthetic']),
  /** Comma-separated subnet ids, one per zone. */
  SUBNET_IDS: z.string().min(1),
});
export type Config = z.infer<typeof config>;
