/** Which images go when the disk fills, and which never do. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  DISK_FULL_PERCENT,
  noteWanted,
  UNWANTED_AGE_MS,
  unwantedImages,
  type PulledImages,
} from '../../../agent/images/unwanted.ts';
import { keepImageRoom } from '../../../agent/loops/image-room.ts';
import { createStore } from '../../../agent/loops/store.ts';
import { emptyState, type AgentState } from '../../../agent/state-file.ts';
import { EngineError } from '../../../agent/docker/engine.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { NOON_MS } from '../../support/fake-clock.ts';
import { scene } from './scenes.ts';

const old = { wantedAtMs: NOON_MS - UNWANTED_AGE_MS };
const full = { diskPercent: DISK_FULL_PERCENT, nowMs: NOON_MS };

describe('images that Berth pulled', () => {
  it('stay while there is room, while they are wanted, and while they are young', () => {
    const pulled = { a: old, b: old, c: { wantedAtMs: old.wantedAtMs + 1 } };
    expect(unwantedImages(pulled, new Set(['b']), full)).toEqual(['a']);
    expect(unwantedImages(pulled, new Set(), { ...full, diskPercent: DISK_FULL_PERCENT - 0.1 })).toEqual([]);
  });

  it('go one at a time, or a tenth, the longest unwanted first', () => {
    const pulled: PulledImages = { b: old, a: { wantedAtMs: old.wantedAtMs - 1 } };
    expect(unwantedImages(pulled, new Set(), full)).toEqual(['a']);
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`i${index}`, old]));
    expect(unwantedImages(many, new Set(), full)).toHaveLength(2);
  });

  it('are never those that something wants, and never others than were pulled', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const ages = fc.dictionary(names, fc.record({ wantedAtMs: fc.integer({ min: 0, max: 2 * NOON_MS }) }));
    fc.assert(
      fc.property(ages, fc.array(names), fc.integer({ min: 0, max: 100 }), (pulled, wanted, diskPercent) => {
        for (const image of unwantedImages(pulled, new Set(wanted), { diskPercent, nowMs: NOON_MS })) {
          expect(wanted).not.toContain(image);
          expect(Object.keys(pulled)).toContain(image);
        }
      }),
    );
  });

  it('are noted as wanted now and then, not with every look', () => {
    const noted = noteWanted({ a: old }, new Set(['a']), NOON_MS);
    expect(noted).toEqual({ a: { wantedAtMs: NOON_MS } });
    expect(noteWanted(noted, new Set(['a']), NOON_MS + 60_000)).toBe(noted);
    expect(noteWanted(noted, new Set(), NOON_MS + UNWANTED_AGE_MS)).toBe(noted);
  });
});

describe('the loop that makes room', () => {
  /** Runs for so many minutes. */
  async function run(state: Partial<AgentState>, minutes: number, refuse: readonly string[] = []) {
    const clock = virtualClock(NOON_MS);
    const removed: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const file = { load: () => Promise.resolve(emptyState), save: () => Promise.resolve() };
    const store = createStore({ ...emptyState, ...state }, file, clock, log);
    const stop = new AbortController();
    const engine = {
      about: () => Promise.resolve({ dataRoot: '/data' } as never),
      removeImage: (image: string) => {
        removed.push(image);
        return refuse.includes(image)
          ? Promise.reject(new EngineError('refused', 'a container has it'))
          : Promise.resolve();
      },
    };
    const facts = { diskPercent: () => Promise.resolve(95) };
    const running = keepImageRoom({
      engine,
      facts,
      store,
      clock,
      log,
      signal: stop.signal,
      onChange: () => undefined,
    });
    for (let minute = 0; minute < minutes; minute += 1) await clock.advance(60_000);
    stop.abort();
    await clock.advance(60_000);
    await running;
    return { removed, pulled: store.get().pulled };
  }
  const { manifest } = scene({});
  const image = Object.values(manifest!.specs)[0]!.image;

  it('removes what nobody wants, and forgets it; what the manifest names stays', async () => {
    const result = await run({ manifest: manifest!, pulled: { [image]: old, other: old } }, 3);
    expect(result.removed).toEqual(['other']);
    expect(Object.keys(result.pulled ?? {})).toEqual([image]);
  });

  it('asks about one that a container has only after a while again', async () => {
    const result = await run({ manifest: manifest!, pulled: { other: old } }, 5, ['other']);
    expect(result.removed).toEqual(['other']);
    expect(Object.keys(result.pulled ?? {})).toEqual(['other']);
  });

  it('removes nothing before it knows a manifest', async () => {
    expect((await run({ pulled: { other: old } }, 3)).removed).toEqual([]);
  });
});
