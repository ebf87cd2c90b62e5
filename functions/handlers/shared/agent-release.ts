/** The published version of the agent, as the deploy puts it into the environment: JSON in `AGENT_RELEASE`. */
import * as z from 'zod';
import { agentArchive, agentVersionName } from '../../../contract/agent-protocol.ts';

const release = z.object({
  version: agentVersionName,
  archives: z.object({ x86_64: agentArchive, arm64: agentArchive }),
});

export const agentRelease = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'is no JSON' });
      return z.NEVER;
    }
  })
  .pipe(release);
