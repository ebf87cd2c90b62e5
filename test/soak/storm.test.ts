/** The reconnect storm in full: 1,000 agents lose their sockets at once. The short one is in test/unit/agent. */
import { describe, expect, it } from '@jest/globals';
import { stormCase } from '../support/storm-case.ts';

describe('a reconnect storm of 1,000 agents', () => {
  it.each([
    { agents: 1000, concurrency: 1000, withinMs: 30_000, seed: 'roomy' },
    { agents: 1000, concurrency: 10, withinMs: 600_000, seed: 'narrow' },
  ])(
    'with room for $concurrency functions starves none',
    async (size) => {
      expect(await stormCase(size)).toEqual([]);
    },
    600_000,
  );
});
