/** The whole agent in virtual time: how containers come up. */
import { describe, expect, it } from '@jest/globals';
import { agentWorld } from '../../support/agent-world.ts';
import { spec } from '../../support/container-spec.ts';
import { HEALTH_TEST, programs } from '../../support/programs.ts';
import { idle, name, running, slots, states, task } from './settled.ts';

describe('starting', () => {
  it('creates and starts each container once, with nothing in between', async () => {
    const world = await running(2);
    expect(world.docker.calls.filter((call) => call.includes(name(1)))).toEqual([
      `create ${name(1)}`,
      `start ${name(1)}`,
      `inspect ${name(1)}`,
    ]);
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 1 });
  });

  it('starts many at once, and no more than it may', async () => {
    const world = await running(40, idle, { docker: { callMs: () => 10 } });
    expect(world.docker.mostAtOnce()).toBe(16);
    expect(world.docker.everything().filter((each) => each.state === 'running')).toHaveLength(40);
  });

  it('tells a burst of starts in few reports', async () => {
    const world = await running(40, idle, { docker: { callMs: (call) => (call === 'start' ? 100 : 1) } });
    expect(world.reports.length).toBeLessThan(5);
  });

  it('tells each start within a second and a bit', async () => {
    const world = agentWorld({ docker: { callMs: (call) => (call === 'start' ? 1000 : 1) } });
    world.want({ 'web-1': idle }, slots(40));
    world.boot();
    const runsSince = new Map<string, number>();
    const delays = new Map<string, number>();
    for (let at = 0; at < 8000; at += 10) {
      await world.clock.advance(10);
      for (const slot of slots(40).keys()) {
        const container = world.docker.everything().find((each) => each.name === name(slot + 1));
        const since = runsSince.get(name(slot + 1)) ?? at;
        if (container?.state === 'running') runsSince.set(name(slot + 1), since);
        if (world.told(task(slot + 1))?.phase === 'running' && !delays.has(name(slot + 1)))
          delays.set(name(slot + 1), at - since);
      }
    }
    expect(delays.size).toBe(40);
    expect(Math.max(...delays.values())).toBeLessThan(1100);
  });

  it('has the attempt on the disk before Docker is asked', async () => {
    const world = agentWorld({ saveMs: 50 });
    world.want({ 'web-1': idle }, slots(1));
    world.boot();
    for (let at = 0; at < 1000 && !world.docker.calls.includes(`create ${name(1)}`); at++)
      await world.clock.advance(1);
    expect(world.saved().tasks[task(1)]).toMatchObject({ attempt: 1 });
    expect(world.saved().manifest?.assignments).toHaveLength(1);
  });

  it('begins nothing while the state file cannot be written', async () => {
    const world = agentWorld();
    world.setDiskFull(true);
    world.want({ 'web-1': idle }, slots(1));
    world.boot();
    await world.clock.advance(5000);
    expect(world.docker.everything()).toEqual([]);
    const why = world.told(task(1))?.reason;
    expect(why).toMatchObject({
      code: 'create-failed',
      message: expect.stringContaining('The disk of the host is full'),
    });
    expect(world.told(task(1))?.attempt).toBe(0);
    world.setDiskFull(false);
    await world.clock.advance(3000);
    expect(states(world)).toEqual([`${name(1)} running`]);
  });

  it('#39 stops what is to go although the state file cannot be written, and is not offline for it', async () => {
    const world = await running(2);
    world.setDiskFull(true);
    world.wantOf('stop', task(2));
    await world.clock.advance(20_000);
    expect(states(world)).toEqual([`${name(1)} running`]);
    expect(world.log.filter((line) => line.event === 'offline')).toEqual([]);
    world.docker.crash(name(1));
    await world.clock.advance(5000);
    expect(world.told(task(1))).toMatchObject({ health: 'unhealthy', reason: { code: 'create-failed' } });
    world.setDiskFull(false);
    await world.clock.advance(3000);
    expect(world.told(task(1))).toMatchObject({ health: 'healthy', attempt: 2 });
  });

  it('#39 ends no container for its liveness that it could not start again', async () => {
    const liveness = { kind: 'docker' as const };
    const health = { startGraceMs: 0, deployGateMs: 0, signal: false, liveness };
    const world = await running(
      1,
      spec({ command: [...programs.becomesHealthy.argv], healthcheck: { test: [...HEALTH_TEST] }, health }),
    );
    world.setDiskFull(true);
    world.docker.setHealth(name(1), 'unhealthy', 'stuck');
    await world.clock.advance(10_000);
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([]);
    world.setDiskFull(false);
    await world.clock.advance(20_000);
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).not.toEqual([]);
  });

  it('starts no container while the metadata address is open to it', async () => {
    const world = agentWorld();
    world.setMetadataBlock(false);
    world.want({ 'web-1': idle }, slots(1));
    world.boot();
    await world.clock.advance(3000);
    expect(world.docker.everything()).toEqual([]);
    expect(world.told(task(1))?.reason).toMatchObject({
      code: 'create-failed',
      message: expect.stringContaining('iptables'),
    });
    world.setMetadataBlock(true);
    await world.clock.advance(6000);
    expect(world.told(task(1))).toMatchObject({ phase: 'running' });
  });

  it('starts containers with the address open when told so, and says it loudly', async () => {
    const world = agentWorld({ config: { requireMetadataBlock: false } });
    world.setMetadataBlock(false);
    world.want({ 'web-1': idle }, slots(1));
    world.boot();
    await world.clock.advance(3000);
    expect(states(world)).toEqual([`${name(1)} running`]);
    expect(world.log.filter((line) => line.level === 'error')).toMatchObject([
      { event: 'metadata-not-blocked' },
    ]);
  });
});

describe('images', () => {
  it('are pulled when Docker says that they are missing, once for all who wait', async () => {
    const world = agentWorld({ docker: { callMs: (call) => (call === 'pull' ? 50 : 1) } });
    world.docker.addToRegistry('shop/web:2');
    world.want({ 'web-1': spec({ image: 'shop/web:2', command: [...programs.idle.argv] }) }, slots(5));
    world.boot();
    await world.clock.advance(3000);
    expect(world.docker.calls.filter((call) => call.startsWith('pull'))).toEqual(['pull shop/web:2']);
    expect(world.told(task(5))).toMatchObject({ phase: 'running', attempt: 1 });
    expect(world.reports.at(-1)?.images).toContain('shop/web:2');
  });

  it('that cannot be pulled five times are the end of a task, in the registry’s words', async () => {
    const world = await running(1, spec({ image: 'nobody/has:this', command: [...programs.idle.argv] }));
    await world.clock.advance(5000);
    expect(world.told(task(1))).toMatchObject({
      phase: 'failed',
      attempt: 0,
      reason: {
        code: 'image-pull-failed',
        message: expect.stringMatching(
          /^The image nobody\/has:this cannot be pulled on h-\w+: .*pull access denied/,
        ),
      },
    });
    expect(world.docker.calls.filter((call) => call.startsWith('pull'))).toHaveLength(5);
  });
});
