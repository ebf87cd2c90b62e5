/** Environment of the `doorbell` function. */
import * as z from 'zod';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  /** Only sessions of this role may open a socket: its name and its unique id, as in `agent-api`. */
  HOST_ROLE_NAME: z.string().min(1),
  HOST_ROLE_ID: z.string().min(1),
});
export type Config = z.infer<typeof config>;
