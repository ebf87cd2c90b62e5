/** Environment of the `register` function. */
import * as z from 'zod';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  /** The private hosted zone that only this function writes. */
  ZONE_ID: z.string().min(1),
  ZONE_NAME: z.string().min(1),
});
export type Config = z.infer<typeof config>;
