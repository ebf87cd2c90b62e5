import { describe, expect, it } from '@jest/globals';
import { createLanes } from '../../../../agent/probes/lanes.ts';
import { virtualClock } from '../../../support/virtual-clock.ts';

const BOUNDS = { quick: 4, slow: 6, slowMs: 250 };

function scene() {
  const clock = virtualClock(0);
  const lanes = createLanes(clock, BOUNDS);
  const ended: string[] = [];
  let most = 0;
  const run = (key: string, ms: number): void =>
    lanes.run(key, async () => {
      most = Math.max(most, lanes.busy());
      await clock.sleep(ms);
      ended.push(`${key} at ${clock.now()}`);
    });
  return { clock, lanes, ended, run, most: () => most };
}

describe('lanes', () => {
  it('run no more at once than both have room for, and everything in the end', async () => {
    const { clock, ended, run, most } = scene();
    for (let index = 0; index < 50; index++) run(`p${index}`, 2000);
    await clock.advance(60_000);
    expect(ended).toHaveLength(50);
    expect(most()).toBe(BOUNDS.quick + BOUNDS.slow);
  });

  it('keep what hangs from delaying others: at first for 250 ms, then not at all', async () => {
    const { clock, ended, run } = scene();
    for (let index = 0; index < 4; index++) run(`hangs-${index}`, 5000);
    run('quick', 1);
    await clock.advance(300);
    expect(ended).toEqual(['quick at 251']);
    await clock.advance(6000);
    for (let index = 0; index < 4; index++) run(`hangs-${index}`, 5000);
    const beganMs = clock.now();
    run('quick', 1);
    await clock.advance(10);
    expect(ended.at(-1)).toBe(`quick at ${beganMs + 1}`);
  });

  it('give a slow one its place in the quick lane back once it is quick', async () => {
    const { clock, ended, run, lanes } = scene();
    run('a', 300);
    await clock.advance(400);
    run('a', 10);
    await clock.advance(20);
    lanes.forget('a');
    for (let index = 0; index < BOUNDS.slow; index++) run(`s${index}`, 9000);
    await clock.advance(600);
    run('a', 1);
    await clock.advance(600);
    expect(ended.filter((each) => each.startsWith('a'))).toHaveLength(3);
  });
});
