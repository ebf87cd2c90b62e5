/** One benchmark: `bench/<name>.ts` exports one as default. */
export interface Bench {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  run(options: BenchOptions): Promise<BenchResult>;
}

export interface BenchOptions {
  /** Measured rounds of each case; a warm-up round comes before. */
  readonly rounds: number;
  /** Sizes to measure; undefined: the bench's own. */
  readonly sizes: readonly number[] | undefined;
  /** Tells what is going on, a line at a time. */
  readonly note: (line: string) => void;
}

export interface BenchResult {
  /** All that was measured, for `--json`. */
  readonly data: unknown;
  /** The same for a reader. */
  readonly text: string;
}
