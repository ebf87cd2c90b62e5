/** Entry of the `events` function: what EventBridge tells of EC2 instances. */
import * as z from 'zod';
import { createLogger } from '../../platform/logger.ts';
import { schedule } from '../../platform/middy/schedule.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { noteInstanceEvent } from '../../usecases/note-instance-event.ts';
import { openStores } from '../shared/stores.ts';
import { invokedWakes } from '../shared/wakes.ts';
import { config } from './config.ts';

const instanceEvent = z.object({
  'detail-type': z.string(),
  detail: z.object({ 'instance-id': z.string() }),
});

const env = parseEnv(config);
const wakes = invokedWakes({ provision: env.PROVISION_FUNCTION });
const note = noteInstanceEvent({ hosts: openStores(env.TABLE_NAME).hosts, wakes });

export const handler = schedule({
  logger: createLogger('events'),
  handle: async (event) => {
    const parsed = instanceEvent.parse(event);
    await note({ kind: parsed['detail-type'], instanceId: parsed.detail['instance-id'] });
  },
});
