/**
 * Why the cluster does not grow although tasks wait: what pools may not, what EC2 has not, what the account may not. For
 * `events`, and for whoever explains one waiting task.
 */
import { isGone } from '../model/host.ts';
import { offeringName, type OfferingMemory } from '../model/offering.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { poolsOf } from '../model/pool.ts';

/** One sentence a reason; empty: nothing that is known stands in the way. */
export function whyNoHost(
  { hosts, settings, offerings }: Pick<Snapshot, 'hosts' | 'settings' | 'offerings'>,
  nowMs: number,
): readonly string[] {
  const full = poolsOf(settings).flatMap(({ name, hostsMax }) => {
    const present = hosts.filter(({ host }) => host.pool === name && !isGone(host.state)).length;
    return present < hostsMax ? [] : [`the pool ${name} has its ${hostsMax} hosts (hostsMax)`];
  });
  const told = offerings.refusals
    .filter(({ pool }) => !full.some((words) => words.startsWith(`the pool ${pool} `)))
    .map(({ message }) => message);
  return [...full, ...told, ...whatIsShort(offerings, nowMs)];
}

function whatIsShort({ limits, shortages }: OfferingMemory, nowMs: number): readonly string[] {
  const seconds = (untilMs: number): string => `asked again in ${Math.ceil((untilMs - nowMs) / 1000)} s`;
  return [
    ...limits
      .filter(({ untilMs }) => untilMs > nowMs)
      .map(
        ({ quota, message, untilMs }) =>
          `the account's limit ${quota} is reached (${message}): raise it in Service Quotas; ${seconds(untilMs)}`,
      ),
    ...shortages
      .filter(({ untilMs }) => untilMs > nowMs)
      .map((one) => `${offeringName(one)}: ${one.kind} (${one.message}); ${seconds(one.untilMs)}`),
  ];
}
