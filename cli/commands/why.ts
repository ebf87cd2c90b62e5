import type { Command } from 'commander';
import { explainPlacement } from '../api/routes.ts';
import type { ReplicaPlacement } from '../../contract/http-api.ts';
import { badInput } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../output/paint.ts';
import { NONE, table } from '../output/table.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

/** `berth why STACK/REPLICA`: every host with its verdict, and what would have to change. */
export function whyCommand({ session, finish }: Host): Command {
  return verb('why', 'Say why a replica is where it is, or what it would need to be anywhere', [
    'berth why shop/web-3',
    "berth why shop/web-3 --json | jq -r '.hints[]'",
  ])
    .argument('<replica>', 'stack and replica, as `berth ps` names them: shop/web-3')
    .action(async (text: string, options: CommonOptions) => {
      const [stack = '', replica = '', more] = text.split('/');
      if (stack === '' || replica === '' || more !== undefined)
        throw badInput(`"${text}" is no replica`, 'write stack and replica, such as shop/web-3');
      const placement = await explainPlacement(await session.connect(options), stack, replica);
      tell(session, options, placement, (paint) => showPlacement(placement, paint));
      finish(EXIT.ok);
    });
}

export function showPlacement(placement: ReplicaPlacement, paint: Paint): string {
  const { stack, replica, host, reason, now, verdicts, hints } = placement;
  const name = paint('strong', `${stack}/${replica}`);
  const head =
    host === null
      ? `${name} waits: ${reason}\n`
      : `${name} runs on ${host}${reason === '' ? '' : `: ${reason}`}\n`;
  const next =
    now === null
      ? 'now it would fit nowhere\n'
      : now.host === host
        ? ''
        : `placed now it would go to ${now.host}: ${now.reason}\n`;
  const changes =
    hints.length === 0 ? '' : `what would have to change:\n${hints.map((hint) => `  ${hint}\n`).join('')}`;
  return `${head}${next}${verdicts.length === 0 ? 'there is no host\n' : `\n${showVerdicts(placement, paint)}`}${changes === '' ? '' : `\n${changes}`}`;
}

const MIB = 1024 * 1024;

function showVerdicts({ verdicts, host }: ReplicaPlacement, paint: Paint): string {
  const heads = ['HOST', 'FITS', 'SPREAD', 'BESIDE', 'IMAGE', 'LEFTOVER', 'REASON'];
  return table(
    heads,
    verdicts.map(({ host: id, score, filter, reason }) => {
      const first = id === host ? paint('strong', id) : id;
      if (score === null)
        return [first, paint('bad', 'no'), NONE, NONE, NONE, NONE, `${filter ?? ''}: ${reason}`];
      const { replicasInDomain, replicasOnHost, beside, missingImageBytes, leftover, failedHere } = score;
      const spread = replicasOnHost === null ? NONE : [...replicasInDomain, replicasOnHost].join(' / ');
      const image =
        missingImageBytes === null
          ? NONE
          : missingImageBytes === 0
            ? 'here'
            : `${String(Math.ceil(missingImageBytes / MIB))} MiB`;
      const notes = failedHere ? 'the last task of this replica failed there' : '';
      return [
        first,
        paint('good', 'yes'),
        spread,
        beside.length === 0 ? NONE : beside.join(', '),
        image,
        leftover.toFixed(2),
        paint('quiet', notes),
      ];
    }),
  );
}
