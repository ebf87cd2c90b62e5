/** Holds calls until a test lets them go: a writer that pauses between its read and its write. */

export interface HeldCall {
  readonly accessKeyId: string;
  readonly sinceMs: number;
}

export interface Hold {
  /** The next change of this caller (any, unless told) waits until `resume`. */
  pauseNext(accessKeyId?: string): void;
  /** Calls that wait now. */
  held(): readonly HeldCall[];
  /** Lets all waiting calls go, and forgets pauses that have not met a call. Returns how many went. */
  resume(): number;
  /** Called with every change: resolves when it may go on. */
  pass(accessKeyId: string): Promise<void>;
}

export function createHold(now: () => number): Hold {
  let wanted: (string | undefined)[] = [];
  let waiting: (HeldCall & { readonly go: () => void })[] = [];
  return {
    pauseNext: (accessKeyId) => void wanted.push(accessKeyId),
    held: () => waiting.map(({ accessKeyId, sinceMs }) => ({ accessKeyId, sinceMs })),
    resume() {
      const released = waiting;
      waiting = [];
      wanted = [];
      for (const { go } of released) go();
      return released.length;
    },
    async pass(accessKeyId) {
      const index = wanted.findIndex((key) => (key ?? accessKeyId) === accessKeyId);
      if (index < 0) return;
      wanted.splice(index, 1);
      await new Promise<void>((go) => waiting.push({ accessKeyId, sinceMs: now(), go }));
    },
  };
}
