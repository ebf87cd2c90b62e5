/** Entry of the `agent-api` function: agents' routes of the HTTP API. */
import { createLogger } from '../../platform/logger.ts';
import { http } from '../../platform/middy/http.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { errorReply } from '../shared/error-reply.ts';
import { config } from './config.ts';
import { agentRoutes } from './routes.ts';

export const handler = http({
  logger: createLogger('agent-api'),
  handle: agentRoutes(parseEnv(config)),
  errorReply,
});
