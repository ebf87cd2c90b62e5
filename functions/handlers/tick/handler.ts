/** Entry of the `tick` function: called by the minute rule, and by the queue that carries the later ticks of a minute. */
import { systemClock } from '../../platform/clock.ts';
import { cryptoIds } from '../../platform/ids.ts';
import { createLogger } from '../../platform/logger.ts';
import { schedule } from '../../platform/middy/schedule.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { tick } from '../../usecases/tick.ts';
import { openStores } from '../shared/stores.ts';
import { delayedTicks, invokedWakes, reconcileWake } from '../shared/wakes.ts';
import { config } from './config.ts';

const env = parseEnv(config);
const wakes = {
  ...reconcileWake(env.WAKE_QUEUE_URL),
  ...delayedTicks(env.TICK_QUEUE_URL),
  ...invokedWakes({ register: env.REGISTER_FUNCTION, provision: env.PROVISION_FUNCTION }),
};
const { loadEventually: load, ...stores } = openStores(env.TABLE_NAME, env.AGENT_RELEASE);
const run = tick({
  ...stores,
  load,
  wakes,
  clock: systemClock,
  ids: cryptoIds,
  zone: env.ZONE_NAME,
});

/** SQS events have records; the rule's event has none. A failed tick is not repeated: the next one comes anyway. */
const isRule = (event: unknown): boolean =>
  !(typeof event === 'object' && event !== null && 'Records' in event);

export const handler = schedule({
  logger: createLogger('tick'),
  handle: (event) => run({ first: isRule(event) }),
});
