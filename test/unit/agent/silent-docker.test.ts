/** An agent that starts while Docker does not answer: the host is there, and its replicas go on as they were. */
import { describe, expect, it } from '@jest/globals';
import { running, task } from './settled.ts';

const silent = { code: 'docker-unavailable', message: expect.stringContaining('Docker does not answer') };

describe('#4 an agent that starts while Docker hangs', () => {
  it('registers with what Docker said before, beats, and tells of each task as it was', async () => {
    const world = await running(2);
    world.docker.setDown(true);
    await world.crash();
    const beats = world.beats.length;
    world.boot();
    await world.clock.advance(30_000);
    expect(world.beats.length).toBeGreaterThan(beats);
    expect(world.reports.at(-1)?.dockerAnswers).toBe(false);
    for (const slot of [1, 2])
      expect(world.told(task(slot))).toMatchObject({ phase: 'running', health: 'healthy', reason: silent });
    world.docker.setDown(false);
    await world.clock.advance(5000);
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 1 });
    expect(world.told(task(1))?.reason).toBeUndefined();
  });

  it('#5 tells nobody healthy because it was before the host booted', async () => {
    const world = await running(2);
    world.docker.setDown(true);
    await world.powerCut();
    world.boot();
    await world.clock.advance(30_000);
    expect(world.reports.at(-1)).toMatchObject({ bootId: 'boot-0002', dockerAnswers: false });
    for (const slot of [1, 2])
      expect(world.told(task(slot))).toMatchObject({ health: 'unhealthy', reason: silent });
  });

  it('and has never heard of it does not register', async () => {
    const world = await running(1);
    world.loseStateFile();
    world.docker.setDown(true);
    await world.crash();
    const beats = world.beats.length;
    world.boot();
    await world.clock.advance(30_000);
    expect(world.beats.length).toBe(beats);
  });
});
