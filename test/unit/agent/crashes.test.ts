/** The whole agent in virtual time: what happens to containers, and what it makes of it. */
import { describe, expect, it } from '@jest/globals';
import { PORT_ATTEMPTS } from '../../../agent/tasks/retry.ts';
import { agentWorld } from '../../support/agent-world.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { HEALTH_TEST, programs } from '../../support/programs.ts';
import { idle, name, running, slots, states, task } from './settled.ts';

describe('crashes of a container', () => {
  it('are answered with a start after the back-off, and told', async () => {
    const world = await running(1);
    world.docker.crash(name(1), 3);
    await world.clock.advance(50);
    expect(world.told(task(1))).toMatchObject({
      phase: 'running',
      health: 'unhealthy',
      exitCode: 3,
      reason: { code: 'exited' },
    });
    await world.clock.advance(500);
    expect(world.told(task(1))).toMatchObject({ health: 'healthy', attempt: 2 });
    expect(world.docker.everything()).toHaveLength(1);
  });

  it('without end are a crash loop', async () => {
    const world = await running(1, spec({ command: [...programs.exits(3).argv] }));
    await world.clock.advance(4 * 60_000);
    expect(world.told(task(1))).toMatchObject({
      phase: 'failed',
      exitCode: 3,
      attempt: 11,
      reason: { code: 'crash-loop', message: expect.stringContaining('code 3') },
    });
    const starts = world.docker.calls.filter((call) => call.startsWith('start')).length;
    await world.clock.advance(600_000);
    expect(world.docker.calls.filter((call) => call.startsWith('start'))).toHaveLength(starts);
  });

  it.each([
    ['no', 0, 'stopped', 'exited'],
    ['no', 3, 'failed', 'exited'],
    ['on-failure', 0, 'stopped', 'exited'],
    ['always', 0, 'failed', 'crash-loop'],
  ] as const)('end as policy %s wants it for exit code %d: %s', async (policy, code, phase, why) => {
    const world = await running(1, spec({ command: [...programs.exits(code).argv], restart: { policy } }));
    await world.clock.advance(5 * 60_000);
    expect(world.told(task(1))).toMatchObject({ phase, reason: { code: why } });
  });

  it('are counted against max_retries', async () => {
    const restart = { policy: 'on-failure', maxRetries: 2 } as const;
    const world = await running(1, spec({ command: [...programs.exits(3).argv], restart }));
    await world.clock.advance(60_000);
    expect(world.told(task(1))).toMatchObject({ phase: 'failed', attempt: 3, reason: { code: 'exited' } });
  });

  it('are forgiven after a minute of health', async () => {
    const world = await running(1);
    for (let count = 0; count < 30; count++) {
      world.docker.crash(name(1));
      await world.clock.advance(70_000);
    }
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 31 });
  });

  it('by the memory limit are told as such', async () => {
    const world = await running(
      1,
      spec({ command: [...programs.eatsMemory.argv], restart: { policy: 'no' } }),
    );
    await world.clock.advance(1000);
    expect(world.told(task(1))).toMatchObject({
      phase: 'failed',
      exitCode: 137,
      reason: { code: 'oom-killed' },
    });
  });

  it('and removals by hand bring a new container', async () => {
    const world = await running(1);
    world.docker.removeByHand(name(1));
    await world.clock.advance(50);
    expect(world.told(task(1))?.reason?.code).toBe('container-gone');
    await world.clock.advance(1000);
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'healthy', attempt: 2 });
  });
});

describe('what cannot be started', () => {
  it('is told with its code and tried again', async () => {
    const world = await running(1, spec({ command: [...programs.missing.argv] }));
    expect(world.told(task(1))).toMatchObject({
      phase: 'starting',
      health: 'starting',
      reason: { code: 'start-failed', message: expect.stringContaining('no-such-program') },
    });
    await world.clock.advance(300_000);
    expect(world.told(task(1))).toMatchObject({ phase: 'failed', reason: { code: 'start-failed' } });
  });

  it('for a taken port says so, and starts when the port is free', async () => {
    const ports = [{ name: 'http', container: 80, protocol: 'tcp' as const, host: 20_001 }];
    const world = agentWorld();
    world.want({ 'web-1': spec({ command: [...programs.graceful(0).argv] }) }, [
      assignment(1, { ports }),
      assignment(2, { ports }),
    ]);
    world.boot();
    await world.clock.advance(1000);
    const [first, second] = [1, 2].map(task).sort((a) => (world.told(a)?.phase === 'running' ? -1 : 1));
    expect(world.told(second ?? '')?.reason?.code).toBe('port-taken');
    world.wantOf('stop', first ?? '');
    await world.clock.advance(30_000);
    expect(world.told(second ?? '')).toMatchObject({ phase: 'running' });
  });

  it('#38 for a port that stays taken is given up within seconds, so that the next task gets another', async () => {
    const ports = [{ name: 'http', container: 80, protocol: 'tcp' as const, host: 20_001 }];
    const world = agentWorld();
    world.want({ 'web-1': idle }, [assignment(1, { ports }), assignment(2, { ports })]);
    world.boot();
    await world.clock.advance(10_000);
    const [first, second] = [1, 2].map(task).sort((a) => (world.told(a)?.phase === 'running' ? -1 : 1));
    expect(world.told(first ?? '')).toMatchObject({ phase: 'running', health: 'healthy' });
    expect(world.told(second ?? '')).toMatchObject({
      phase: 'failed',
      attempt: PORT_ATTEMPTS,
      reason: { code: 'port-taken', message: expect.stringContaining('held by something that is not Berth') },
    });
  });

  it('once because the answer to create was lost is found, not made twice', async () => {
    const world = agentWorld();
    world.docker.failNext('create', 'timeout', { afterwards: true });
    world.want({ 'web-1': idle }, slots(1));
    world.boot();
    await world.clock.advance(5000);
    expect(states(world)).toEqual([`${name(1)} running`]);
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'healthy' });
  });
});

describe('health', () => {
  const healthcheck = { test: [...HEALTH_TEST] };
  it('is what Docker says, told at once', async () => {
    const world = await running(1, spec({ command: [...programs.becomesHealthy.argv], healthcheck }));
    expect(world.told(task(1))).toMatchObject({ health: 'healthy' });
    world.docker.setHealth(name(1), 'unhealthy', 'connection refused');
    await world.clock.advance(60);
    expect(world.told(task(1))).toMatchObject({
      phase: 'running',
      health: 'unhealthy',
      reason: { code: 'health-check-failing', message: 'connection refused' },
    });
  });

  it('is not there before the check has passed', async () => {
    const world = await running(1, spec({ command: [...programs.neverHealthy.argv], healthcheck }));
    expect(world.told(task(1))).toMatchObject({ phase: 'running', health: 'starting' });
  });

  it('that a break of the event stream hid is found by the next list', async () => {
    const world = await running(1, spec({ command: [...programs.neverHealthy.argv], healthcheck }));
    world.docker.setDown(true);
    world.docker.setHealth(name(1), 'healthy');
    world.docker.setDown(false);
    await world.clock.advance(2000);
    expect(world.told(task(1))).toMatchObject({ health: 'healthy' });
  });
});
