/**
 * Whether so many hosts fell silent at once that the fault is rather between us and them.
 *
 * The systems that people trust have such a brake: Kubernetes stops evicting when 55 % of a zone is unhealthy, Karpenter
 * stops repairing at 20 %, Mesos limits removals.
 */
import type { HostId } from '../model/ids.ts';
import type { Signs } from './signs.ts';

/** More than this share of the hosts, and at least so many, within so long. */
export const MASS_SHARE = 0.3;
export const MASS_LEAST = 3;
export const MASS_WINDOW_MS = 120_000;

export function isMass(all: readonly Signs[], dead: ReadonlyMap<HostId, unknown>, nowMs: number): boolean {
  const counted = all.filter((signs) => isPartOfMass(signs, dead, nowMs));
  // A doubt more is no reason to freeze anything; there must be somebody whom it would save.
  const matters = counted.some((signs) => signs.silent || signs.host.silence?.frozen === true);
  return matters && isMassOf(counted.length, all.length);
}

export const isMassOf = (count: number, all: number): boolean =>
  count >= MASS_LEAST && count > MASS_SHARE * all;

/** Silent, as far as is known, and not for long. A frozen one counts until it is thawed; one that EC2 calls dead never. */
export function isPartOfMass(signs: Signs, dead: ReadonlyMap<HostId, unknown>, nowMs: number): boolean {
  const { silence, id } = signs.host;
  if (!signs.doubtful || dead.has(id)) return false;
  return silence === null || silence.frozen || nowMs - silence.sinceMs <= MASS_WINDOW_MS;
}
