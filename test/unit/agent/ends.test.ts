/** The whole agent in virtual time: how containers go, and how the agent, the control plane and Docker do. */
import { describe, expect, it } from '@jest/globals';
import { STRAY_AGE_MS } from '../../../agent/decide.ts';
import { spec } from '../../support/container-spec.ts';
import { programs } from '../../support/programs.ts';
import { idle, name, running, slots, states, task } from './settled.ts';

describe('the way out', () => {
  it('is drain, signal, removal; the exit code stays until the task leaves', async () => {
    const world = await running(2, spec({ command: [...programs.graceful(7).argv] }));
    world.wantOf('drain', task(1));
    await world.clock.advance(2000);
    expect(world.told(task(1))).toMatchObject({ phase: 'draining', health: 'healthy' });
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([]);
    world.wantOf('stop', task(1));
    await world.clock.advance(3000);
    expect(world.told(task(1))).toMatchObject({
      phase: 'stopped',
      exitCode: 7,
      reason: { code: 'stopped-as-wanted' },
    });
    expect(states(world)).toEqual([`${name(2)} running`]);
    const acts = world.docker.calls.filter((call) => /^(kill|remove)/.test(call));
    expect(acts).toEqual([`kill ${name(1)} SIGTERM`, `remove ${name(1)}`]);
  });

  it('of what ignores the signal is SIGKILL when the grace is over, not before', async () => {
    const world = await running(1, { ...idle, stopGraceMs: 5000, stopSignal: 'SIGQUIT' });
    world.wantOf('stop', task(1));
    await world.clock.advance(4900);
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([`kill ${name(1)} SIGQUIT`]);
    await world.clock.advance(2000);
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([
      `kill ${name(1)} SIGQUIT`,
      `kill ${name(1)} SIGKILL`,
    ]);
    expect(world.told(task(1))).toMatchObject({ phase: 'stopped', exitCode: 137 });
  });

  it('of a draining container that ends by itself is the end', async () => {
    const world = await running(1);
    world.wantOf('drain', task(1));
    await world.clock.advance(2000);
    world.docker.crash(name(1), 1);
    await world.clock.advance(60_000);
    expect(world.told(task(1))).toMatchObject({ phase: 'stopped', exitCode: 1 });
  });

  it('of a task that left the manifest is graceful too', async () => {
    const world = await running(2, spec({ command: [...programs.graceful(0).argv] }));
    world.want({ 'web-1': spec({ command: [...programs.graceful(0).argv] }) }, slots(1));
    await world.clock.advance(STRAY_AGE_MS - 1000);
    expect(states(world)).toHaveLength(2);
    await world.clock.advance(4000);
    expect(states(world)).toEqual([`${name(1)} running`]);
    expect(world.docker.calls).toContain(`kill ${name(2)} SIGTERM`);
    expect(Object.keys(world.saved().tasks)).toEqual([task(1)]);
  });
});

describe('a restart of the agent', () => {
  it('adopts what runs, with the control plane or without', async () => {
    for (const online of [true, false]) {
      const world = await running(3);
      await world.crash();
      world.setOnline(online);
      const before = world.docker.calls.length;
      world.boot();
      await world.clock.advance(20_000);
      const acts = world.docker.calls
        .slice(before)
        .filter((call) => /^(create|start|kill|remove)/.test(call));
      expect(acts).toEqual([]);
      world.setOnline(true);
      await world.clock.advance(20_000);
      expect(world.told(task(3))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 1 });
    }
  });

  it('without its state file stops nothing until the control plane has spoken', async () => {
    const world = await running(2);
    await world.crash();
    world.loseStateFile();
    world.setOnline(false);
    world.want({ 'web-1': idle }, slots(1));
    world.boot();
    await world.clock.advance(60_000);
    expect(states(world)).toEqual([`${name(1)} running`, `${name(2)} running`]);
    const seqBefore = world.reports.at(-1)?.seq ?? 0;
    world.setOnline(true);
    await world.clock.advance(40_000 + STRAY_AGE_MS);
    expect(states(world)).toEqual([`${name(1)} running`]);
    expect(world.reports.at(-1)?.seq).toBeGreaterThan(seqBefore);
  });

  it('in the middle of a stop sends the signal again and gives the whole grace', async () => {
    const world = await running(1, { ...idle, stopGraceMs: 5000 });
    world.wantOf('stop', task(1));
    await world.clock.advance(3000);
    await world.crash();
    world.boot();
    await world.clock.advance(4500);
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([
      `kill ${name(1)} SIGTERM`,
      `kill ${name(1)} SIGTERM`,
    ]);
    await world.clock.advance(3000);
    expect(world.told(task(1))).toMatchObject({ phase: 'stopped', exitCode: 137 });
  });
});

describe('without the control plane', () => {
  it('containers run on and crashed ones come back, none is stopped', async () => {
    const world = await running(3);
    world.setOnline(false);
    await world.clock.advance(2000);
    world.want({}, []);
    world.docker.crash(name(2));
    await world.clock.advance(60_000);
    expect(states(world)).toEqual([1, 2, 3].map((slot) => `${name(slot)} running`));
    expect(world.docker.calls.filter((call) => /^(kill|remove)/.test(call))).toEqual([]);
    world.setOnline(true);
    await world.clock.advance(60_000 + STRAY_AGE_MS);
    expect(world.docker.everything()).toEqual([]);
  });

  it('for long, what happened meanwhile is told as soon as it answers again', async () => {
    const world = await running(3);
    world.setOnline(false);
    world.docker.crash(name(2));
    await world.clock.advance(10 * 60_000); // by now a report would be tried about every 10 s
    for (let time = 0; time < 5; time += 1) {
      world.docker.crash(name(2));
      await world.clock.advance(10 * 60_000 + 1700 * time);
      world.setOnline(true);
      await world.clock.advance(1000); // a poll, each second here, and the report that follows it
      expect(world.told(task(2))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 3 + time });
      world.setOnline(false);
    }
  });
});

describe('without Docker', () => {
  it('tasks are as last seen, with the reason, and nothing is concluded', async () => {
    const world = await running(2);
    world.docker.setDown(true);
    await world.clock.advance(100);
    expect(world.reports.at(-1)).toMatchObject({ dockerAnswers: false });
    expect(world.told(task(1))).toMatchObject({
      phase: 'running',
      health: 'healthy',
      reason: { code: 'docker-unavailable' },
    });
    await world.clock.advance(60_000);
    world.docker.crash(name(1));
    world.docker.setDown(false);
    await world.clock.advance(3000);
    expect(world.reports.at(-1)).toMatchObject({ dockerAnswers: true });
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 2 });
    expect(world.told(task(2))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 1 });
  });
});

describe('a manifest that went back', () => {
  it('stops nothing: the newer one stays in force, and is told to be held', async () => {
    const world = await running(2);
    world.wantOf('run', task(1));
    await world.clock.advance(5000);
    world.wantAs(1, {}, []);
    await world.clock.advance(60_000);
    expect(states(world)).toEqual([`${name(1)} running`, `${name(2)} running`]);
    expect(world.docker.calls.filter((call) => /^(kill|remove)/.test(call))).toEqual([]);
    expect(world.beats.at(-1)?.generation).toBeGreaterThan(1);
    expect(world.log.filter(({ event }) => event === 'older-manifest')).toHaveLength(1);
    world.wantAs(9, { 'web-1': idle }, slots(1));
    await world.clock.advance(STRAY_AGE_MS + 30_000);
    expect(Object.keys(world.saved().tasks)).toEqual([task(1)]);
  });
});
