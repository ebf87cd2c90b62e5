import type { Command } from 'commander';
import { listReplicas } from '../api/routes.ts';
import type { PercentBase } from '../../contract/autoscale-spec.ts';
import type { Replica } from '../../contract/http-api.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../output/paint.ts';
import { toneOf } from '../output/paint.ts';
import { bytes } from '../output/bytes.ts';
import { NONE, table } from '../output/table.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

/** `berth ps [STACK]`: each replica, where it runs and how it is. */
export function psCommand({ session, finish }: Host): Command {
  return verb('ps', 'List replicas: where they run, how they are', [
    'berth ps',
    'berth ps shop',
    'berth ps shop --json | jq -r \'.[] | select(.health == "healthy") | .address\'',
  ])
    .argument('[stack]', 'only replicas of this stack')
    .action(async (stack: string | undefined, options: CommonOptions) => {
      const replicas = await listReplicas(await session.connect(options), stack);
      tell(session, options, replicas, (paint) => showReplicas(replicas, paint));
      finish(EXIT.ok);
    });
}

export function showReplicas(replicas: readonly Replica[], paint: Paint): string {
  if (replicas.length === 0) return 'no replicas\n';
  const heads = ['STACK', 'REPLICA', 'PHASE', 'HEALTH', 'CPU', 'MEMORY', 'HOST', 'ADDRESS', 'DNS', 'REASON'];
  return table(
    heads,
    replicas.map((replica) => [
      replica.stack,
      paint('strong', replica.replica),
      paint(toneOf(replica.phase), replica.phase),
      paint(toneOf(replica.health), replica.health),
      ...usageOf(replica),
      replica.host ?? NONE,
      addresses(replica),
      replica.registered ? 'yes' : 'no',
      paint('quiet', replica.reason),
    ]),
  );
}

const BASES: Readonly<Record<PercentBase, string>> = {
  reservation: 'reservation',
  limit: 'limit',
  'host-share': 'host share',
};

/** CPU and memory in use, and what part that is of what: `120m 24% of reservation`, `64.0MiB 12% of limit`. */
function usageOf({ usage }: Replica): readonly [string, string] {
  if (usage === null) return [NONE, NONE];
  const of = (percent: number | null, base: PercentBase | null) =>
    percent === null || base === null ? '' : ` ${String(Math.round(percent))}% of ${BASES[base]}`;
  return [
    `${String(usage.cpuMillis)}m${of(usage.cpuPercent, usage.cpuPercentOf)}`,
    `${bytes(usage.memoryBytes)}${of(usage.memoryPercent, usage.memoryPercentOf)}`,
  ];
}

/** `10.77.0.11:20001` for each port; with several ports each by its name. */
function addresses({ address, ports }: Replica): string {
  if (address === null) return NONE;
  if (ports.length === 0) return address;
  const name = (port: Replica['ports'][number]) => (ports.length === 1 ? '' : `${port.name}=`);
  return ports.map((port) => `${name(port)}${address}:${String(port.host)}`).join(' ');
}
