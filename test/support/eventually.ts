import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until `look` gives something; fails with what was last seen. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: { withinMs?: number; what?: string; seen?: () => unknown } = {},
): Promise<T> {
  const { withinMs = 30_000, what = 'it', seen } = options;
  for (const end = Date.now() + withinMs; ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end)
      throw new Error(
        `${what} did not come within ${withinMs} ms; seen: ${JSON.stringify(seen?.(), null, 1)}`,
      );
    await sleep(10);
  }
}
