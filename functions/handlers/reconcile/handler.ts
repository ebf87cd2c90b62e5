/** Entry of the `reconcile` function: whatever is in the wake queue, one run answers for all of it. */
import { parseWakeBody } from '../../adapters/wake-body.ts';
import { webSocketDoorbell } from '../../adapters/websocket/doorbell.ts';
import { systemClock } from '../../platform/clock.ts';
import { cryptoIds } from '../../platform/ids.ts';
import { createLogger } from '../../platform/logger.ts';
import { queue } from '../../platform/middy/queue.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { reconcileCluster } from '../../usecases/reconcile-cluster.ts';
import { countHops } from '../shared/hops.ts';
import { openStores } from '../shared/stores.ts';
import { timed } from '../shared/timed.ts';
import { invokedWakes, reconcileWake } from '../shared/wakes.ts';
import { config } from './config.ts';

const env = parseEnv(config);
const logger = createLogger('reconcile');
const hops = countHops();
const wakes = {
  ...reconcileWake(env.WAKE_QUEUE_URL, hops),
  ...invokedWakes({ register: env.REGISTER_FUNCTION, provision: env.PROVISION_FUNCTION }, hops),
};
const reconcile = reconcileCluster({
  ...openStores(env.TABLE_NAME, env.AGENT_RELEASE),
  wakes,
  doorbell: webSocketDoorbell({
    endpoint: env.DOORBELL_ENDPOINT,
    onFailure: (error) => logger.warn('ring failed', { error }),
  }),
  clock: systemClock,
  ids: cryptoIds,
  zone: env.ZONE_NAME,
});
const run = timed(logger, 'reconcile', reconcile);

export const handler = queue({
  logger,
  parse: parseWakeBody,
  handle: async (messages) => {
    hops.arrive(messages.map((message) => message.body.hop));
    await run(messages.map((message) => message.body.why));
    return [];
  },
});
