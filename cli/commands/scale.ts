import type { Command } from 'commander';
import type { ServiceScaling } from '../../contract/scale-api.ts';
import { scaleService, serviceName, unscaleService } from '../api/routes.ts';
import { badInput } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { counted } from '../watch/deploy-view.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

interface ScaleOptions extends CommonOptions {
  readonly min?: string;
  readonly max?: string;
  readonly reset?: boolean;
}

const REPLICAS_MAX = 1000;

/** `berth scale SERVICE`: how many replicas, by hand, until it is taken back. */
export function scaleCommand({ session, finish }: Host): Command {
  return verb('scale', 'Set the number of replicas of a service by hand, or its bounds; or take that back', [
    'berth scale shop/web 5',
    'berth scale shop/web --min 3 --max 12       (a service with x-berth.autoscale)',
    'berth scale shop/web --reset                (as the document says again)',
  ])
    .argument('<service>', 'stack and service, such as shop/web')
    .argument('[replicas]', 'exactly so many; also as shop/web=5')
    .option('--min <count>', 'never fewer; needs a service that is autoscaled')
    .option('--max <count>', 'never more; needs a service that is autoscaled')
    .option('--reset', 'take back what was set by hand')
    .action(async (given: string, replicas: string | undefined, options: ScaleOptions) => {
      const [text = '', equals] = given.split(/=(.*)/s);
      const name = serviceName(text);
      if (equals !== undefined && replicas !== undefined)
        throw badInput('the number of replicas is given twice', `write \`berth scale ${text} ${replicas}\``);
      const bounds = boundsOf(text, equals ?? replicas, options);
      const api = await session.connect(options);
      const scaling = await (bounds === null ? unscaleService(api, name) : scaleService(api, name, bounds));
      tell(session, options, scaling, () => `${showScaling(scaling)}\n`);
      finish(EXIT.ok);
    });
}

/** Null: what was set is to be taken back. */
function boundsOf(
  service: string,
  replicas: string | undefined,
  { min, max, reset }: ScaleOptions,
): { readonly min: number; readonly max: number } | null {
  const hasBounds = min !== undefined || max !== undefined;
  if (reset === true) {
    if (replicas !== undefined || hasBounds)
      throw badInput(
        '--reset takes back what was set, and sets nothing',
        `write \`berth scale ${service} --reset\``,
      );
    return null;
  }
  if (replicas !== undefined) {
    if (hasBounds)
      throw badInput('a number of replicas has no bounds', 'give the number, or --min and --max');
    return { min: count(replicas, 'replicas'), max: count(replicas, 'replicas') };
  }
  if (min === undefined || max === undefined)
    throw badInput(
      hasBounds ? '--min and --max belong together' : 'how many replicas?',
      `write \`berth scale ${service} 5\`, or \`berth scale ${service} --min 2 --max 10\``,
    );
  const bounds = { min: count(min, '--min'), max: count(max, '--max') };
  if (bounds.min > bounds.max) throw badInput(`--min ${min} is more than --max ${max}`);
  return bounds;
}

function count(text: string, what: string): number {
  if (/^[0-9]{1,4}$/.test(text) && Number(text) <= REPLICAS_MAX) return Number(text);
  throw badInput(
    `"${text}" is no number for ${what}`,
    `write a whole number from 0 to ${String(REPLICAS_MAX)}`,
  );
}

/** `shop/web: 3 replicas wanted, 2 to 10 (set by hand)` */
export function showScaling({
  stack,
  service,
  by,
  replicas,
  min,
  max,
  boundsBy,
  ...more
}: ServiceScaling): string {
  const name = `${stack}/${service}: ${counted(replicas, 'replica')} wanted`;
  if (by === 'document') return `${name}, as the document says`;
  if (by === 'hand') return `${name}, set by hand; the document says ${String(more.documentReplicas)}`;
  return `${name}, ${String(min)} to ${String(max)} (${boundsBy})`;
}
