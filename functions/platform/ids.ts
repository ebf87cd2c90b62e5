/** Unpredictable ids from the system's random source, and digests. */
import { createHash, randomBytes } from 'node:crypto';

const TIME_CHARACTERS = 9;
const COUNT_CHARACTERS = 4;
const COUNT_MAX = 36 ** COUNT_CHARACTERS - 1;

const base36 = (value: number, length: number): string => value.toString(36).padStart(length, '0');

/**
 * `ulid` sorts by time, and ids of one process in one millisecond sort in the order in which they were made (a count
 * follows the time), so that decisions of one pass are told in their order. 36^9 ms reach beyond the year 5000.
 */
const makeUlid = (): ((nowMs: number) => string) => {
  let lastMs = 0;
  let count = 0;
  return (nowMs) => {
    count = nowMs === lastMs ? Math.min(count + 1, COUNT_MAX) : 0;
    lastMs = nowMs;
    return `${base36(nowMs, TIME_CHARACTERS)}-${base36(count, COUNT_CHARACTERS)}${randomBytes(6).toString('hex')}`;
  };
};

export const cryptoIds = {
  seed: (): string => randomBytes(16).toString('hex'),
  ulid: makeUlid(),
  digest: (text: string): string => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`,
};
