/** The fakes themselves: what they promise to tests. */
import { describe, expect, it } from '@jest/globals';
import { fakeClock, NOON_MS } from '../../support/fake-clock.ts';
import { withFaults } from '../../support/faults.ts';

interface Port {
  add(value: number): Promise<number>;
}
const counting = () => {
  let sum = 0;
  return withFaults<Port>({ add: (value) => (sum += value) });
};

describe('faults', () => {
  it('make the next calls fail without effect, then no more', async () => {
    const port = counting();
    port.faults.failNext('add', new Error('broken'), 2);
    await expect(port.add(1)).rejects.toThrow('broken');
    await expect(port.add(1)).rejects.toThrow('broken');
    expect(await port.add(1)).toBe(1);
    expect(port.faults.calls('add')).toBe(3);
  });
  it('lose an answer after the effect', async () => {
    const port = counting();
    port.faults.loseReplyOf('add', new Error('lost'));
    await expect(port.add(1)).rejects.toThrow('lost');
    expect(await port.add(1)).toBe(2);
  });
  it('let somebody be faster', async () => {
    const port = counting();
    port.faults.beforeNext('add', async () => {
      await port.add(10);
    });
    expect(await port.add(1)).toBe(11);
  });
  it('refuse a method that the port does not have, and find what was never used', () => {
    const port = counting();
    expect(() => port.faults.failNext('remove' as 'add', new Error())).toThrow('no method remove');
    port.faults.assertUsed();
    port.faults.failNext('add', new Error());
    expect(() => port.faults.assertUsed()).toThrow('armed but never called: add');
  });
});

describe('the fake clock', () => {
  it('moves by sleeping', async () => {
    const clock = fakeClock();
    await clock.sleep(500);
    expect(clock.nowMs()).toBe(NOON_MS + 500);
  });
  it('wakes sleepers in the order of their times, each at its own', async () => {
    const clock = fakeClock({ sleeping: 'waits', startMs: 0 });
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.nowMs()}`);
    };
    const all = [sleeper('late', 30), sleeper('early', 10), sleeper('never', 1_000)];
    await clock.advance(100);
    expect(woken).toEqual(['early at 10', 'late at 30']);
    expect([clock.nowMs(), clock.sleepers]).toEqual([100, 1]);
    await clock.advance(900);
    await Promise.all(all);
    expect(woken).toHaveLength(3);
  });
  it('wakes a sleeper who goes to sleep again within the same move', async () => {
    const clock = fakeClock({ sleeping: 'waits', startMs: 0 });
    const beats: number[] = [];
    const beat = async (): Promise<void> => {
      for (let count = 0; count < 3; count += 1) {
        await clock.sleep(10);
        beats.push(clock.nowMs());
      }
    };
    const beating = beat();
    await clock.advance(100);
    await beating;
    expect(beats).toEqual([10, 20, 30]);
  });
});
