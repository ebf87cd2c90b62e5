/** Polls until something is so. Local services say "ready" only by answering. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the error's text; a function is asked at the end. */
  readonly what: string | (() => string);
  readonly timeoutMs: number;
  readonly everyMs?: number;
}

/** Resolves with the first defined value. @throws Error after the time-out, with what was waited for. */
export async function waitUntil<T>(check: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (performance.now() >= deadline) {
      const what = typeof options.what === 'string' ? options.what : options.what();
      throw new Error(`waited ${String(options.timeoutMs / 1000)} s in vain for ${what}`);
    }
    await sleep(options.everyMs ?? 50);
  }
}
