/** Environment of the `agent-api` function. */
import * as z from 'zod';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  ZONE_NAME: z.string().min(1),
  /** Only sessions of this role may call: its name (in the caller's ARN) and its unique id (`AROA...`, in the caller's user id). */
  HOST_ROLE_NAME: z.string().min(1),
  HOST_ROLE_ID: z.string().min(1),
});
export type Config = z.infer<typeof config>;
