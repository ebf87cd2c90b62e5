/** The whole agent in virtual time: what probes and replicas' words make of its tasks. */
import { describe, expect, it } from '@jest/globals';
import type { ContainerSpec, TaskReport } from '../../../../contract/agent-protocol.ts';
import type { HealthSpec } from '../../../../contract/health-spec.ts';
import { agentWorld, type AgentWorld } from '../../../support/agent-world.ts';
import { assignment, spec } from '../../../support/container-spec.ts';
import { programs } from '../../../support/programs.ts';
import { name, running, slots, task } from '../settled.ts';

const timing = { intervalMs: 5000, timeoutMs: 2000, failures: 3, initialDelayMs: 0 };
const readiness = { kind: 'http', port: 8080, path: '/ready', ...timing, successes: 1 } as const;
const liveness = { kind: 'tcp', port: 8080, ...timing } as const;
const health = (changes: Partial<HealthSpec>): HealthSpec => ({
  startGraceMs: 10_000,
  deployGateMs: 0,
  signal: false,
  ...changes,
});
const probed = (changes: Partial<HealthSpec>, more: Partial<ContainerSpec> = {}): ContainerSpec =>
  spec({ command: [...programs.graceful(0).argv], health: health(changes), ...more });
const failed = { kind: 'failed', message: 'answered with status 503' } as const;
const passed = { kind: 'passed' } as const;
const told = (world: AgentWorld): TaskReport => world.told(task(1))!;
const ready = `${task(1)} readiness`;
const alive = `${task(1)} liveness`;

describe('readiness', () => {
  it('makes a task healthy, asked at the container itself, soon after its start', async () => {
    const world = await running(1, probed({ readiness }));
    expect(told(world)).toMatchObject({ phase: 'running', health: 'healthy' });
    expect(world.probes.asked[0]).toMatchObject({
      key: ready,
      target: { kind: 'http', address: '172.17.0.3', port: 8080, path: '/ready' },
    });
    const healthy = world.reports.find((report) => report.tasks[0]?.health === 'healthy')!;
    expect(healthy.tasks[0]).toMatchObject({ attempt: 1 });
  });

  it('that fails leaves it starting for the grace, asked each second; then it is unhealthy, with the words', async () => {
    const world = agentWorld();
    world.probes.answer(ready, failed);
    world.want({ 'web-1': probed({ readiness }) }, slots(1));
    world.boot();
    await world.clock.advance(9500);
    expect(told(world)).toMatchObject({ phase: 'running', health: 'starting' });
    expect(world.probes.asked.length).toBeGreaterThan(7);
    await world.clock.advance(15_000);
    expect(told(world)).toMatchObject({
      health: 'unhealthy',
      attempt: 1,
      reason: {
        code: 'health-check-failing',
        message: 'Its readiness probe fails: answered with status 503',
      },
    });
    world.probes.answer(ready, passed);
    await world.clock.advance(6000);
    expect(told(world)).toMatchObject({ health: 'healthy', attempt: 1 });
    expect(told(world).reason).toBeUndefined();
  });

  it('never restarts', async () => {
    const world = await running(1, probed({ readiness }));
    world.probes.answer(ready, 'hangs');
    await world.clock.advance(200_000);
    expect(told(world)).toMatchObject({ health: 'unhealthy', attempt: 1 });
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([]);
  });

  it('waits for its initial delay', async () => {
    const world = await running(1, probed({ readiness: { ...readiness, initialDelayMs: 8000 } }));
    expect(world.probes.asked).toEqual([]);
    await world.clock.advance(6000);
    expect(told(world).health).toBe('healthy');
  });

  it('goes on without the control plane and through a restart of the agent, which changes nobody’s health', async () => {
    const world = await running(2, probed({ readiness, liveness }));
    world.setOnline(false);
    const before = world.reports.length;
    for (let round = 0; round < 5; round++) {
      await world.crash();
      await world.clock.advance(700);
      world.boot();
      await world.clock.advance(9000);
    }
    const asked = world.probes.asked.length;
    await world.clock.advance(20_000);
    expect(world.probes.asked.length - asked).toBeGreaterThan(10);
    world.setOnline(true);
    await world.clock.advance(20_000);
    for (const report of world.reports.slice(before))
      expect(report.tasks.map((each) => `${each.health} ${each.attempt}`)).toEqual([
        'healthy 1',
        'healthy 1',
      ]);
  });

  it('that is new to a running task does not take it out of DNS before it was asked', async () => {
    const world = await running(1, probed({}));
    const before = world.reports.length;
    world.probes.answer(ready, failed);
    world.want({ 'web-1': probed({ readiness, startGraceMs: 0 }) }, slots(1));
    await world.clock.advance(9000);
    expect(world.reports.slice(before).every((report) => report.tasks[0]?.health === 'healthy')).toBe(true);
    await world.clock.advance(20_000);
    expect(told(world)).toMatchObject({ health: 'unhealthy', attempt: 1 });
  });

  it('of one that hangs delays no other, and no more than it may run at once', async () => {
    const world = agentWorld();
    const all = slots(150);
    for (const { task: each } of all.slice(0, 60)) world.probes.answer(`${each} readiness`, 'hangs');
    world.want({ 'web-1': probed({ readiness }) }, all);
    world.boot();
    await world.clock.advance(20_000);
    const asked = world.probes.asked.length;
    await world.clock.advance(30_000);
    const quick = world.probes.asked.slice(asked).filter(({ key }) => key === `${task(150)} readiness`);
    expect(quick.length).toBeGreaterThanOrEqual(5);
    expect(world.probes.mostAtOnce()).toBeLessThanOrEqual(96);
    expect(world.reports.at(-1)!.tasks.filter((each) => each.health === 'healthy')).toHaveLength(90);
  });

  it('of one service is not asked of all replicas at the same moment', async () => {
    const world = await running(20, probed({ readiness }));
    await world.clock.advance(30_000);
    const ms = world.probes.asked.slice(-20).map(({ atMs }) => atMs);
    expect(new Set(ms).size).toBeGreaterThan(1);
  });
});

describe('liveness', () => {
  it('that fails restarts the container within its task: signal, back-off, another attempt', async () => {
    const world = await running(1, probed({ liveness, startGraceMs: 0 }));
    expect(told(world)).toMatchObject({ health: 'healthy', attempt: 1 });
    world.probes.answer(alive, { kind: 'failed', message: 'nothing listens on port 8080' });
    await world.clock.advance(14_000);
    world.probes.answer(alive, passed);
    await world.clock.advance(3000);
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([`kill ${name(1)} SIGTERM`]);
    const out = world.reports.map((report) => report.tasks[0]).find((each) => each?.health === 'unhealthy');
    expect(out?.reason).toEqual({
      code: 'liveness-failed',
      message: 'Restarted, as its liveness probe fails: nothing listens on port 8080',
    });
    expect(told(world)).toMatchObject({ phase: 'running', health: 'healthy', attempt: 2 });
    expect(told(world).task).toBe(task(1));
  });

  it('is killed when it ignores the signal for its grace', async () => {
    const deaf = probed(
      { liveness, startGraceMs: 0 },
      { command: [...programs.idle.argv], stopGraceMs: 2000 },
    );
    const world = await running(1, deaf);
    world.probes.answer(alive, failed);
    await world.clock.advance(16_000);
    expect(world.docker.calls.filter((call) => call.startsWith('kill'))).toEqual([
      `kill ${name(1)} SIGTERM`,
      `kill ${name(1)} SIGKILL`,
    ]);
    expect(told(world).attempt).toBe(2);
  });

  it('counts for nothing within the grace, and does not read readiness', async () => {
    const world = agentWorld();
    world.probes.answer(alive, failed);
    world.want({ 'web-1': probed({ readiness, liveness, startGraceMs: 60_000 }) }, slots(1));
    world.boot();
    await world.clock.advance(59_000);
    expect(told(world)).toMatchObject({ health: 'healthy', attempt: 1 });
  });

  it('that fails for ever ends in failure, with its reason', async () => {
    const world = agentWorld();
    world.probes.answer(alive, failed);
    const quick = { ...liveness, intervalMs: 500, failures: 1 };
    world.want({ 'web-1': probed({ liveness: quick, startGraceMs: 0 }) }, slots(1));
    world.boot();
    await world.clock.advance(300_000);
    expect(told(world)).toMatchObject({ phase: 'failed', reason: { code: 'liveness-failed' } });
  });

  it('ends a task that is not to be restarted', async () => {
    const once = probed({ liveness, startGraceMs: 0 }, { restart: { policy: 'no' } });
    const world = await running(1, once);
    world.probes.answer(alive, failed);
    await world.clock.advance(20_000);
    expect(told(world)).toMatchObject({ phase: 'failed', attempt: 1, reason: { code: 'liveness-failed' } });
  });

  it('goes on where it was after a crash of the agent in the middle', async () => {
    const deaf = probed(
      { liveness, startGraceMs: 0 },
      { command: [...programs.idle.argv], stopGraceMs: 4000 },
    );
    const world = await running(1, deaf);
    world.probes.answer(alive, failed);
    await world.clock.advance(14_000);
    expect(world.saved().tasks[task(1)]?.restartFor?.code).toBe('liveness-failed');
    await world.crash();
    world.probes.answer(alive, passed);
    world.boot();
    await world.clock.advance(8000);
    expect(told(world)).toMatchObject({ health: 'healthy', attempt: 2 });
  });

  it('of a container that could not be started again is left alone', async () => {
    const world = await running(1, probed({ liveness, startGraceMs: 0 }));
    world.setMetadataBlock(false);
    await world.clock.advance(70_000);
    world.probes.answer(alive, failed);
    await world.clock.advance(30_000);
    expect(told(world)).toMatchObject({ phase: 'running', attempt: 1 });
    world.setMetadataBlock(true);
    world.probes.answer(alive, passed);
    await world.clock.advance(10_000);
    expect(world.docker.everything()[0]?.state).toBe('running');
  });

  it('by Docker’s health check restarts too', async () => {
    const checked = probed(
      { liveness: { kind: 'docker' } },
      {
        command: [...programs.becomesHealthy.argv],
        healthcheck: { test: ['CMD', 'test', '-e', '/tmp/ok'] },
        stopGraceMs: 0,
      },
    );
    const world = await running(1, checked);
    expect(told(world)).toMatchObject({ health: 'healthy', attempt: 1 });
    world.docker.setHealth(name(1), 'unhealthy', 'no file');
    await world.clock.advance(3000);
    expect(told(world)).toMatchObject({ health: 'healthy', attempt: 2 });
  });
});

describe('a replica’s word', () => {
  const signalling = probed({ signal: true });

  it('is waited for, and taken back', async () => {
    const world = await running(1, signalling);
    expect(world.docker.everything()[0]?.options.HostConfig.Mounts).toEqual([
      { Type: 'bind', Source: `/signals/${task(1)}`, Target: '/run/berth', ReadOnly: true },
    ]);
    expect(world.docker.everything()[0]?.options.Env).toContain('BERTH_HEALTH_SOCKET=/run/berth/health.sock');
    expect(told(world)).toMatchObject({
      phase: 'running',
      health: 'starting',
      reason: { code: 'signal-awaited' },
    });
    expect(await say(world, true)).toBe('ok');
    expect(told(world)).toMatchObject({ health: 'healthy' });
    expect(await say(world, false, 'reloading')).toBe('ok');
    expect(told(world)).toMatchObject({
      health: 'unhealthy',
      attempt: 1,
      reason: { code: 'signalled-not-ready', message: expect.stringContaining('reloading') },
    });
    expect(await say(world, true)).toBe('ok');
    expect(told(world)).toMatchObject({ health: 'healthy' });
  });

  it('is not enough where readiness fails, and readiness not where it is missing', async () => {
    const world = agentWorld();
    world.probes.answer(ready, failed);
    world.want({ 'web-1': probed({ readiness, signal: true }) }, slots(1));
    world.boot();
    await world.clock.advance(3000);
    await say(world, true);
    expect(told(world).health).toBe('starting');
    world.probes.answer(ready, passed);
    await world.clock.advance(2000);
    expect(told(world).health).toBe('healthy');
  });

  it('is kept through a restart of the agent, and asked for again after one of the container', async () => {
    const world = await running(1, signalling);
    await say(world, true);
    await world.crash();
    world.boot();
    await world.clock.advance(3000);
    expect(told(world).health).toBe('healthy');
    world.docker.crash(name(1), 1);
    await world.clock.advance(3000);
    expect(told(world)).toMatchObject({ phase: 'running', health: 'starting', attempt: 2 });
    expect(await say(world, true)).toBe('ok');
    expect(told(world).health).toBe('healthy');
  });

  it('that comes before the container is seen to run counts', async () => {
    const world = agentWorld({ docker: { callMs: (call) => (call === 'inspect' ? 400 : 1) } });
    world.want({ 'web-1': signalling }, slots(1));
    world.boot();
    for (let at = 0; at < 2000 && world.docker.everything()[0]?.state !== 'running'; at++)
      await world.clock.advance(1);
    expect(await say(world, true)).toBe('ok');
    await world.clock.advance(3000);
    expect(told(world)).toMatchObject({ health: 'healthy', attempt: 1 });
  });

  it('that cannot be kept is not confirmed', async () => {
    const world = await running(1, signalling);
    world.setDiskFull(true);
    expect(await say(world, true)).toBe('error');
    world.setDiskFull(false);
    expect(await say(world, true)).toBe('ok');
  });

  it('has its socket for as long as the task is in the manifest', async () => {
    const world = await running(2, signalling);
    expect(world.signals().tasks()).toEqual([task(1), task(2)]);
    world.want({ 'web-1': signalling }, [assignment(2)]);
    await world.clock.advance(3000);
    expect(world.signals().tasks()).toEqual([task(2)]);
  });

  async function say(world: AgentWorld, isReady: boolean, reason = ''): Promise<string> {
    const answer = world.signals().say(task(1), { ready: isReady, reason });
    await world.clock.advance(500);
    return answer;
  }
});

describe('the deploy gate', () => {
  it('has each healthy time told by its own number', async () => {
    const world = await running(1, probed({ readiness, deployGateMs: 5000, startGraceMs: 0 }));
    const first = told(world).healthySince;
    expect(first).toBeGreaterThan(0);
    world.probes.answer(ready, failed);
    await world.clock.advance(20_000);
    expect(told(world)).toMatchObject({ health: 'unhealthy' });
    expect(told(world).healthySince).toBeUndefined();
    world.probes.answer(ready, passed);
    await world.clock.advance(10_000);
    expect(told(world).healthySince).toBeGreaterThan(first!);
  });
});
