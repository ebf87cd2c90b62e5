/** The autoscaler's reasons, in numbers that an operator can check. */
import type { AutoscaleTarget, UsageBase } from '../model/autoscale.ts';

export const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`;
export const count = (replicas: number): string => `${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`;

const OF: Readonly<Record<UsageBase, string>> = {
  reservation: ' of the reservation',
  limit: ' of the limit',
  'host-share': ' of the host’s share',
};

interface Told {
  readonly known: readonly number[];
  readonly ready: number;
  readonly bases: readonly (UsageBase | null)[];
}

/** `cpu 83 % of the reservation, target 60 %` */
export function describeTarget(target: AutoscaleTarget, { known, ready, bases }: Told): string {
  const name = target.kind === 'metric' ? target.name : target.kind;
  if (ready === 0) return `${name}: no replica is ready`;
  if (known.length === 0) return `${name} is not told by any of ${count(ready)}`;
  const mean = known.reduce((total, value) => total + value, 0) / known.length;
  const missing = known.length < ready ? ` (told by ${known.length} of ${ready})` : '';
  if (target.kind === 'metric') return `${name} ${short(mean)}${missing}, target ${short(target.value)}`;
  return `${name} ${short(mean)} %${baseOf(bases)}${missing}, target ${short(target.percent)} %`;
}

/** Said when it is the same for all: replicas on hosts of two sizes have different shares, but all have one. */
function baseOf(bases: readonly (UsageBase | null)[]): string {
  const [first = null] = bases;
  return first !== null && bases.every((base) => base === first) ? OF[first] : '';
}

/** Three digits are enough for a reader. */
const short = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
