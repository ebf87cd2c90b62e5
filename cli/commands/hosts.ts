import type { Command } from 'commander';
import { listHosts } from '../api/routes.ts';
import type { HostView } from '../../contract/http-api.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../output/paint.ts';
import { toneOf } from '../output/paint.ts';
import { NONE, table } from '../output/table.ts';
import { ago } from '../output/times.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

/** `berth hosts`: each host, what it carries and when it was last heard of. */
export function hostsCommand({ session, finish }: Host): Command {
  return verb('hosts', 'List hosts: state, load, when last heard of', [
    'berth hosts',
    'berth hosts --json',
  ]).action(async (options: CommonOptions) => {
    const hosts = await listHosts(await session.connect(options));
    tell(session, options, hosts, (paint) => showHosts(hosts, session.nowMs(), paint));
    finish(EXIT.ok);
  });
}

export function showHosts(hosts: readonly HostView[], nowMs: number, paint: Paint): string {
  if (hosts.length === 0) return 'no hosts\n';
  const heads = [
    'HOST',
    'STATE',
    'INSTANCE',
    'POOL',
    'TYPE',
    'ADDRESS',
    'ZONE',
    'AGENT',
    'TASKS',
    'CPU',
    'MEMORY',
    'USED',
    'SEEN',
    'REASON',
  ];
  return table(
    heads,
    hosts.map((host) => [
      paint('strong', host.host),
      paint(toneOf(host.state), host.state),
      host.instanceId ?? NONE,
      host.pool,
      host.instanceType,
      host.address ?? NONE,
      host.zone ?? NONE,
      agentOf(host),
      String(host.tasks),
      percent(host.cpuMillis),
      percent(host.memoryBytes),
      usedOf(host),
      ago(host.lastSeenAt, nowMs),
      paint('quiet', host.reason),
    ]),
  );
}

/** What it runs, and what it is asked to run instead. */
const agentOf = ({ agentVersion, agentWanted }: HostView) =>
  agentWanted === null ? (agentVersion ?? NONE) : `${agentVersion ?? NONE} > ${agentWanted}`;

/** CPU, memory and disk in use, of what the host has: `12/34/56%`. */
const usedOf = ({ usage }: HostView) =>
  usage === null
    ? NONE
    : `${[usage.cpuPercent, usage.memoryPercent, usage.diskPercent].map((each) => String(Math.round(each))).join('/')}%`;

/** Reserved share of what the host has. */
const percent = ({ reserved, total }: { reserved: number; total: number }) =>
  total === 0 ? NONE : `${String(Math.round((100 * reserved) / total))}%`;
