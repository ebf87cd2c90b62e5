/** Ids that a test can foresee: the same calls give the same ids. Digests are real. */
import { createHash } from 'node:crypto';
import type { Ids } from '../../functions/usecases/ports.ts';

export const fakeIds = (name = 'seed'): Ids => {
  let seeds = 0;
  let count = 0;
  return {
    seed: () => `${name}-${(seeds += 1)}`,
    ulid: (nowMs) => {
      count += 1;
      return `${nowMs.toString(36).padStart(9, '0')}-${count.toString(36).padStart(8, '0')}`;
    },
    digest: (text) => `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`,
  };
};
