/**
 * What a type costs an hour: what AWS told of it for this region, else its list price in this project's file, else an
 * estimate from its size. An estimate only orders types among themselves and counts against budgets; types with a list
 * price go before those without.
 */
import type { PriceBook, PriceSource } from '../model/price.ts';
import { LARGE_PER_HOUR, PRICED_AT, PRICED_REGION } from './prices/us-east-1.ts';

export interface Price {
  /** USD. */
  readonly perHour: number;
  /** False: estimated, since no list has such a type. */
  readonly isListed: boolean;
  readonly source: PriceSource | 'estimate';
  /** Where it is from and of which day, in an operator's words. */
  readonly origin: string;
}

/** As much as can be said without the type's size. */
export type ListedPrice = Pick<Price, 'perHour' | 'origin'> & {
  readonly source: PriceSource;
  /** `2026-01-19`: when AWS told it, or the file's date. */
  readonly asOf: string;
};

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

export function priceOf(instanceType: string, size: TypeSize, book: PriceBook): Price {
  const listed = listedPrice(instanceType, book);
  if (listed !== null) return { ...listed, isListed: true };
  const perHour = (size.cpuMillis / 1000) * PER_VCPU + (size.memoryBytes / GIB) * PER_GIB;
  return {
    perHour: round(perHour),
    isListed: false,
    source: 'estimate',
    origin: noListedPrice(instanceType, book),
  };
}

/** The words of an estimate. */
export const noListedPrice = (instanceType: string, book: PriceBook): string =>
  `estimated: the price list has no such type${whyNotTold(instanceType, book)}`;

/** Null: neither AWS nor the file has such a type. */
export function listedPrice(instanceType: string, book: PriceBook): ListedPrice | null {
  const told = toldOf(instanceType, book);
  if (told !== undefined && told.perHour !== null) {
    const asOf = dayOf(told.atMs);
    const origin = `AWS's list price here, read on ${asOf}`;
    return { perHour: told.perHour, source: 'pricing-api', asOf, origin };
  }
  const perHour = listPrice(instanceType);
  if (perHour === null) return null;
  if (book.source === 'synthetic')
    return { perHour, source: 'synthetic', asOf: PRICED_AT, origin: 'synthetic: nothing has a price here' };
  const origin = `list price of ${PRICED_REGION}, ${PRICED_AT}${whyNotTold(instanceType, book)}`;
  return { perHour, source: 'file', asOf: PRICED_AT, origin };
}

/** `; the Pricing API ...` Empty: nobody would ask it. */
function whyNotTold(instanceType: string, book: PriceBook): string {
  if (book.source !== 'pricing-api') return '';
  if (toldOf(instanceType, book) !== undefined) return '; the Pricing API has none';
  const { failure } = book.memory;
  return failure === null
    ? '; the Pricing API was not asked yet'
    : `; the Pricing API did not tell on ${dayOf(failure.atMs)} (${failure.message})`;
}

const toldOf = (instanceType: string, { source, memory }: PriceBook) =>
  source === 'pricing-api' ? memory.told.find((one) => one.instanceType === instanceType) : undefined;

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** Of the file. Null: it has no such type. */
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

/** `$0.0816/h (list price of us-east-1, 2026-01-19)` */
export const priceWords = ({ perHour, origin }: Price): string => `$${perHour}/h (${origin})`;
