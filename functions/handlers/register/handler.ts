/** Entry of the `register` function, invoked asynchronously with a wake. */
import { route53Clients } from '../../adapters/route53/client.ts';
import { route53ServiceDirectory } from '../../adapters/route53/service-directory.ts';
import { parseWakeBody } from '../../adapters/wake-body.ts';
import { systemClock } from '../../platform/clock.ts';
import { cryptoIds } from '../../platform/ids.ts';
import { createLogger } from '../../platform/logger.ts';
import { schedule } from '../../platform/middy/schedule.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { registerRecords } from '../../usecases/register-records.ts';
import { countHops } from '../shared/hops.ts';
import { openStores } from '../shared/stores.ts';
import { timed } from '../shared/timed.ts';
import { invokedWakes, reconcileWake } from '../shared/wakes.ts';
import { config } from './config.ts';

const env = parseEnv(config);
const hops = countHops();
const logger = createLogger('register');
const { directory: store, ...stores } = openStores(env.TABLE_NAME);
// Lambda names the function itself: a run that reaches its deadline wakes the next one.
const wakes = {
  ...reconcileWake(env.WAKE_QUEUE_URL, hops),
  ...invokedWakes({ register: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '' }, hops),
};
const directory = route53ServiceDirectory({ clients: route53Clients(), zoneId: env.ZONE_ID });
const register = registerRecords({
  ...stores,
  store,
  directory,
  wakes,
  clock: systemClock,
  ids: cryptoIds,
  zone: env.ZONE_NAME,
});
const run = timed(logger, 'register', register);

export const handler = schedule({
  logger,
  handle: (event) => {
    const wake = parseWakeBody(event);
    hops.arrive([wake?.hop]);
    return run([wake?.why ?? 'unknown']);
  },
});
