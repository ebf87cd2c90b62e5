/** Entry of the `events` function: what EventBridge tells of EC2 instances. */
import * as z from 'zod';
import { systemClock } from '../../platform/clock.ts';
import { cryptoIds } from '../../platform/ids.ts';
import { createLogger } from '../../platform/logger.ts';
import { schedule } from '../../platform/middy/schedule.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { noteInstanceEvent } from '../../usecases/note-instance-event.ts';
import { openStores } from '../shared/stores.ts';
import { invokedWakes, reconcileWake } from '../shared/wakes.ts';
import { config } from './config.ts';

const instanceEvent = z.object({
  'detail-type': z.string(),
  time: z.iso.datetime(),
  detail: z.object({ 'instance-id': z.string() }),
});

const env = parseEnv(config);
const wakes = {
  ...reconcileWake(env.WAKE_QUEUE_URL),
  ...invokedWakes({ provision: env.PROVISION_FUNCTION }),
};
const note = noteInstanceEvent({ ...openStores(env.TABLE_NAME), wakes, clock: systemClock, ids: cryptoIds });

export const handler = schedule({
  logger: createLogger('events'),
  handle: async (event) => {
    const parsed = instanceEvent.parse(event);
    await note({
      kind: parsed['detail-type'],
      instanceId: parsed.detail['instance-id'],
      saidAtMs: Date.parse(parsed.time),
    });
  },
});
