/** Environment of the `delete-guard` function. */
import * as z from 'zod';

export const config = z.object({
  CLUSTER: z.string().min(1),
  ZONE_ID: z.string().min(1),
  ZONE_NAME: z.string().min(1),
});
export type Config = z.infer<typeof config>;
