/** A host that loses power and boots again: tasks come back as the manifest says, and nothing else does. */
import { describe, expect, it } from '@jest/globals';
import { STRAY_AGE_MS } from '../../../agent/decide.ts';
import { WORD_MS } from '../../../agent/loops/first-word.ts';
import { name, running, slots, states, task, idle } from './settled.ts';

describe('after a reboot of the host', () => {
  it('what the manifest still wants runs again, in the same containers, and is told under the new boot', async () => {
    const world = await running(3);
    await world.powerCut();
    await world.clock.advance(30_000);
    world.boot();
    await world.clock.advance(5000);
    expect(states(world)).toEqual([1, 2, 3].map((slot) => `${name(slot)} running`));
    for (const slot of [1, 2, 3])
      expect(world.told(task(slot))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 2 });
    expect(world.reports.at(-1)?.bootId).toBe('boot-0002');
    expect(world.beats.at(-1)?.bootId).toBe('boot-0002');
    expect(world.shown.line).toBe('h-test0001 boot-0002');
  });

  it('what was taken off the manifest meanwhile is not resurrected', async () => {
    const world = await running(3);
    await world.powerCut();
    const starts = (): string[] => world.docker.calls.filter((call) => call.startsWith('start'));
    const before = starts().length;
    world.want({ 'web-1': idle }, slots(1));
    world.boot();
    await world.clock.advance(60_000 + STRAY_AGE_MS);
    expect(states(world)).toEqual([`${name(1)} running`]);
    expect(starts().length - before).toBe(1);
  });

  it('nor is it before the control plane has been heard, however long that takes within reason', async () => {
    const world = await running(3);
    await world.powerCut();
    const starts = (): string[] => world.docker.calls.filter((call) => call.startsWith('start'));
    const before = starts().length;
    world.want({ 'web-1': idle }, slots(1));
    world.setOnline(false);
    world.boot();
    await world.clock.advance(WORD_MS - 5000);
    expect(starts().length).toBe(before);
    world.setOnline(true);
    await world.clock.advance(10_000);
    expect(starts().slice(before)).toEqual([`start ${name(1)}`]);
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 2 });
  });

  it('offline for longer, it runs what the last manifest said', async () => {
    const world = await running(2);
    await world.powerCut();
    world.setOnline(false);
    world.boot();
    await world.clock.advance(WORD_MS + 5000);
    expect(states(world)).toEqual([1, 2].map((slot) => `${name(slot)} running`));
  });

  it('an agent that only starts again waits for nobody', async () => {
    const world = await running(1);
    await world.crash();
    world.docker.crash(name(1), 1);
    world.setOnline(false);
    world.boot();
    await world.clock.advance(1000);
    expect(states(world)).toEqual([`${name(1)} running`]);
  });
});
