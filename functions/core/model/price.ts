/** Prices of instance types: where they come from, and what AWS told of them. */

/**
 * `pricing-api`: AWS's price list for the cluster's region; the file of this project for what it does not tell.
 * `file`: that file alone. `synthetic`: the file's numbers, in a cloud in which nothing has a price.
 */
export type PriceSource = 'pricing-api' | 'file' | 'synthetic';

/** What the Pricing API answered for a type. */
export interface ToldPrice {
  readonly instanceType: string;
  /** USD, on demand, Linux, shared tenancy, in the cluster's region. Null: it knows no such price. */
  readonly perHour: number | null;
  readonly atMs: number;
}

export interface PriceFailure {
  readonly message: string;
  readonly atMs: number;
}

/** One row, written by the provision loop alone. */
export interface PriceMemory {
  /** One a type, by name. */
  readonly told: readonly ToldPrice[];
  /** Of the last question; null: it was answered. */
  readonly failure: PriceFailure | null;
  readonly version: number;
}

export const NOTHING_TOLD: PriceMemory = { told: [], failure: null, version: 0 };

/** What prices are looked up in. */
export interface PriceBook {
  readonly source: PriceSource;
  readonly memory: PriceMemory;
}

export const FILE_ALONE: PriceBook = { source: 'file', memory: NOTHING_TOLD };
