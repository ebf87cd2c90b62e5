/** Environment of the `reconcile` function. */
import * as z from 'zod';
import { agentRelease } from '../shared/agent-release.ts';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  ZONE_NAME: z.string().min(1),
  /** Which version of the agent the hosts shall run, and where it lies. */
  AGENT_RELEASE: agentRelease,
  /** Function names; both are invoked asynchronously. */
  REGISTER_FUNCTION: z.string().min(1),
  PROVISION_FUNCTION: z.string().min(1),
  /** Callback address of the WebSocket API's stage. */
  DOORBELL_ENDPOINT: z.url(),
});
export type Config = z.infer<typeof config>;
