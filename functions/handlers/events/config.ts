/** Environment of the `events` function. */
import * as z from 'zod';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  /** Invoked asynchronously: it looks at EC2 and decides. */
  PROVISION_FUNCTION: z.string().min(1),
});
export type Config = z.infer<typeof config>;
