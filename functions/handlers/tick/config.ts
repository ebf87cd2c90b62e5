/** Environment of the `tick` function. */
import * as z from 'zod';
import { agentRelease } from '../shared/agent-release.ts';

export const config = z.object({
  CLUSTER: z.string().min(1),
  TABLE_NAME: z.string().min(1),
  WAKE_QUEUE_URL: z.string().min(1),
  ZONE_NAME: z.string().min(1),
  /** Carries the delayed ticks (15, 30, 45 s) that the minute rule cannot express. */
  TICK_QUEUE_URL: z.string().min(1),
  /** Which version of the agent the hosts shall run, and where it lies. */
  AGENT_RELEASE: agentRelease,
  REGISTER_FUNCTION: z.string().min(1),
  PROVISION_FUNCTION: z.string().min(1),
});
export type Config = z.infer<typeof config>;
