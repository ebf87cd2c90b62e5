import type { Command } from 'commander';
import { listStacks } from '../api/routes.ts';
import type { ServiceStatus, StackSummary } from '../../contract/http-api.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../output/paint.ts';
import { toneOf } from '../output/paint.ts';
import { table } from '../output/table.ts';
import { ago } from '../output/times.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

/** `berth stacks`: each stack with its services. */
export function stacksCommand({ session, finish }: Host): Command {
  return verb('stacks', 'List stacks: revision, state, healthy replicas of each service', [
    'berth stacks',
  ]).action(async (options: CommonOptions) => {
    const stacks = await listStacks(await session.connect(options));
    tell(session, options, stacks, (paint) => showStacks(stacks, session.nowMs(), paint));
    finish(EXIT.ok);
  });
}

export function showStacks(stacks: readonly StackSummary[], nowMs: number, paint: Paint): string {
  if (stacks.length === 0) return 'no stacks\n';
  return table(
    ['STACK', 'REVISION', 'STATE', 'UPDATED', 'SERVICES (healthy/wanted)'],
    stacks.map((stack) => [
      paint('strong', stack.stack),
      String(stack.revision),
      paint(toneOf(stack.state), stack.state),
      ago(stack.updatedAt, nowMs),
      stack.services
        .map(
          ({ service, healthy, replicas, scaling }) =>
            `${service} ${String(healthy)}/${String(replicas)}${scaled(scaling)}`,
        )
        .join('  '),
    ]),
  );
}

/** Nothing where the document says the number. */
function scaled(scaling: ServiceStatus['scaling']): string {
  if (scaling === undefined) return '';
  if (scaling.by === 'hand') return ' (set by hand)';
  return ` (autoscaled, ${String(scaling.min)} to ${String(scaling.max)})`;
}
