/**
 * What a type costs an hour: its list price, else an estimate from its size. An estimate only orders types among
 * themselves and counts against budgets; types with a list price go before those without.
 */
import { LARGE_PER_HOUR, PRICED_AT } from './prices/us-east-1.ts';

export interface Price {
  /** USD. */
  readonly perHour: number;
  /** False: estimated, since the list has no such type. */
  readonly isListed: boolean;
}

export interface TypeSize {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Shares of a `large` that the small sizes are; from `xlarge` on the number before it counts, times two. */
const SMALL: Readonly<Record<string, number>> = {
  nano: 1 / 16,
  micro: 1 / 8,
  small: 1 / 4,
  medium: 1 / 2,
  large: 1,
  xlarge: 2,
};

/**
 * From c7i.large ($0.08925, 2 vCPUs, 4 GiB) and r7i.large ($0.1323, 2 vCPUs, 16 GiB), as `prices/us-east-1.ts` has them:
 * the difference is that of 12 GiB.
 */
const PER_GIB = (0.1323 - 0.08925) / 12;
const PER_VCPU = (0.08925 - 4 * PER_GIB) / 2;
const GIB = 1024 ** 3;

export function priceOf(instanceType: string, size: TypeSize): Price {
  const listed = listPrice(instanceType);
  if (listed !== null) return { perHour: listed, isListed: true };
  const perHour = (size.cpuMillis / 1000) * PER_VCPU + (size.memoryBytes / GIB) * PER_GIB;
  return { perHour: round(perHour), isListed: false };
}

/** Null: the list has no such type. */
export function listPrice(instanceType: string): number | null {
  const [family = '', size = ''] = instanceType.split('.');
  const large = Object.hasOwn(LARGE_PER_HOUR, family) ? LARGE_PER_HOUR[family] : undefined;
  const many = /^(\d+)xlarge$/.exec(size)?.[1];
  const share =
    many === undefined ? (Object.hasOwn(SMALL, size) ? SMALL[size] : undefined) : 2 * Number(many);
  return large === undefined || share === undefined ? null : round(large * share);
}

/** To what the list itself is exact to. */
const round = (price: number): number => Math.round(price * 100_000) / 100_000;

/** `$0.0816/h (list price of 2026-01-19)` */
export const priceWords = ({ perHour, isListed }: Price): string =>
  `$${perHour}/h (${isListed ? `list price of ${PRICED_AT}` : 'estimated: the price list has no such type'})`;
