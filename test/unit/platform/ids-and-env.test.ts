import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { timeOfDecisionId } from '../../../functions/adapters/dynamodb/items/decision-item.ts';
import { systemClock } from '../../../functions/platform/clock.ts';
import { cryptoIds } from '../../../functions/platform/ids.ts';
import { parseEnv } from '../../../functions/platform/parse-env.ts';
import { NOON_MS } from '../../support/fake-clock.ts';

describe('ids', () => {
  it('sort by time, and in their order within a millisecond', () => {
    const ids = [NOON_MS, NOON_MS, NOON_MS, NOON_MS + 1, NOON_MS + 1, NOON_MS + 50].map((atMs) =>
      cryptoIds.ulid(atMs),
    );
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.map(timeOfDecisionId)).toEqual([0, 0, 0, 1, 1, 50].map((ms) => NOON_MS + ms));
  });
  it('are unpredictable seeds', () => {
    expect(cryptoIds.seed()).toMatch(/^[0-9a-f]{32}$/);
    expect(cryptoIds.seed()).not.toBe(cryptoIds.seed());
  });
  it('digest text by SHA-256', () => {
    expect(cryptoIds.digest('abc')).toBe(
      'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('the clock', () => {
  it('tells the time and sleeps', async () => {
    const startMs = systemClock.nowMs();
    await systemClock.sleep(20);
    expect(systemClock.nowMs() - startMs).toBeGreaterThanOrEqual(19);
  });
});

describe('the environment', () => {
  const schema = z.object({ TABLE_NAME: z.string().min(1), ZONE: z.string().min(1) });
  it('is read once, without what is not in the schema, and cannot be changed', () => {
    const env = parseEnv(schema, { TABLE_NAME: 't', ZONE: 'z', OTHER: 'o' });
    expect(env).toEqual({ TABLE_NAME: 't', ZONE: 'z' });
    expect(Object.isFrozen(env)).toBe(true);
  });
  it('names every variable that is missing or empty', () => {
    expect(() => parseEnv(schema, { ZONE: '' })).toThrow(/TABLE_NAME: .*; ZONE: /);
  });
});
