/** Entry of the `provision` function, invoked asynchronously with a wake. */
import { ec2Clients } from '../../adapters/ec2/clients.ts';
import { ec2HostLauncher } from '../../adapters/ec2/host-launcher.ts';
import { pricingOf } from '../../adapters/pricing/price-list.ts';
import { parseWakeBody } from '../../adapters/wake-body.ts';
import { systemClock } from '../../platform/clock.ts';
import { cryptoIds } from '../../platform/ids.ts';
import { createLogger } from '../../platform/logger.ts';
import { schedule } from '../../platform/middy/schedule.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { provisionHosts } from '../../usecases/provision-hosts.ts';
import { countHops } from '../shared/hops.ts';
import { openStores } from '../shared/stores.ts';
import { timed } from '../shared/timed.ts';
import { reconcileWake } from '../shared/wakes.ts';
import { config } from './config.ts';

const env = parseEnv(config);
const hops = countHops();
const logger = createLogger('provision');
const launcher = ec2HostLauncher({
  clients: ec2Clients(),
  cluster: env.CLUSTER,
  launchTemplates: { x86_64: env.LAUNCH_TEMPLATE_X86_64, arm64: env.LAUNCH_TEMPLATE_ARM64 },
  templatesByGroups: env.TEMPLATES_BY_GROUPS,
  subnetIds: env.SUBNET_IDS.split(','),
});
const wakes = reconcileWake(env.WAKE_QUEUE_URL, hops);
const provision = provisionHosts({
  ...openStores(env.TABLE_NAME),
  launcher,
  pricing: pricingOf(env.PRICE_SOURCE, process.env['AWS_REGION'] ?? ''),
  wakes,
  clock: systemClock,
  ids: cryptoIds,
});
const run = timed(logger, 'provision', provision);

export const handler = schedule({
  logger,
  handle: (event) => {
    const wake = parseWakeBody(event);
    hops.arrive([wake?.hop]);
    return run([wake?.why ?? 'unknown']);
  },
});
