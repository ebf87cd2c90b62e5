/** What a long step tells while it runs: local/start.ts prints it, tests drop or collect it. */
export interface Progress {
  /** Runs `work` as a named step; `note` says what is being waited for now. */
  step<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
}

/** Says nothing. */
export const silent: Progress = { step: (_title, work) => work(() => undefined) };
