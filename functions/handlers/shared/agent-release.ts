/** The published version of the agent, as the deploy puts it into the environment: JSON in `AGENT_RELEASE`. */
import * as z from 'zod';
import { agentArchive, agentVersionName } from '../../../contract/agent-protocol.ts';
import { jsonEnv } from './json-env.ts';

export const agentRelease = jsonEnv(
  z.object({
    version: agentVersionName,
    archives: z.object({ x86_64: agentArchive, arm64: agentArchive }),
  }),
);
