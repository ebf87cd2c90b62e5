/** Wakes for what falls due: one message for each time, however many passes see it coming. */
import { describe, expect, it } from '@jest/globals';
import { laterLook } from '../../../functions/usecases/later-look.ts';

const NOW_MS = 1_000_000;

function asked(fails = false) {
  const sent: number[] = [];
  const state = { fails };
  const lookAt = laterLook((seconds) => {
    if (state.fails) return Promise.reject(new Error('throttled'));
    sent.push(seconds);
    return Promise.resolve();
  });
  return { sent, state, lookAt };
}

describe('a wake for what falls due', () => {
  it('comes in whole seconds, no sooner than in one, and not at all when the tick comes first', async () => {
    const { sent, lookAt } = asked();
    await lookAt(NOW_MS + 15_000, NOW_MS);
    await lookAt(Infinity, NOW_MS);
    expect(sent).toEqual([]);
    await lookAt(NOW_MS + 14_001, NOW_MS);
    await lookAt(NOW_MS - 5000, NOW_MS);
    expect(sent).toEqual([15, 1]);
  });

  it('is sent once while it is on its way, and again for a time that is earlier or later', async () => {
    const { sent, lookAt } = asked();
    await lookAt(NOW_MS + 10_000, NOW_MS);
    await lookAt(NOW_MS + 10_000, NOW_MS + 3000);
    await lookAt(NOW_MS + 10_000, NOW_MS + 3300);
    expect(sent).toEqual([10]);
    await lookAt(NOW_MS + 5000, NOW_MS + 3300);
    await lookAt(NOW_MS + 16_000, NOW_MS + 3300);
    expect(sent).toEqual([10, 2, 13]);
  });

  it('is sent again when what was due is due still, once the message has come', async () => {
    const { sent, lookAt } = asked();
    await lookAt(NOW_MS + 2000, NOW_MS);
    await lookAt(NOW_MS + 2000, NOW_MS + 2000);
    expect(sent).toEqual([2, 1]);
  });

  it('that could not be sent is no message on its way', async () => {
    const { sent, state, lookAt } = asked(true);
    await expect(lookAt(NOW_MS + 2000, NOW_MS)).rejects.toThrow('throttled');
    state.fails = false;
    await lookAt(NOW_MS + 2000, NOW_MS);
    expect(sent).toEqual([2]);
  });
});
