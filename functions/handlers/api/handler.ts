/** Entry of the `api` function: operators' routes of the HTTP API. */
import { createLogger } from '../../platform/logger.ts';
import { http } from '../../platform/middy/http.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { errorReply } from '../shared/error-reply.ts';
import { config } from './config.ts';
import { apiRoutes } from './routes.ts';

const handle = apiRoutes(parseEnv(config), process.env['AWS_REGION'] ?? '');

export const handler = http({ logger: createLogger('api'), handle, errorReply });
