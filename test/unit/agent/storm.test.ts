/** Every socket of a cluster is cut at once. The full size is in test/soak. */
import { describe, expect, it } from '@jest/globals';
import { stormCase } from '../../support/storm-case.ts';

describe('a reconnect storm', () => {
  it.each([
    { agents: 300, concurrency: 1000, withinMs: 10_000 },
    { agents: 300, concurrency: 10, withinMs: 120_000 },
  ])(
    'of $agents agents with room for $concurrency functions starves none',
    async (size) => {
      expect(await stormCase({ ...size, seed: 'short' })).toEqual([]);
    },
    60_000,
  );
});
