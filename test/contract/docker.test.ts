/**
 * The port "Docker engine": one suite of cases, over the in-memory engine that unit tests and simulations use and over
 * a real one. A case that only one of them passes means that the other is wrong.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EngineError,
  LABELS,
  type Container,
  type CreateOptions,
  type DockerEngine,
} from '../../agent/docker/engine.ts';
import { eventually } from '../support/eventually.ts';
import { dockerCandidates, type DockerCandidate } from '../support/docker-candidates.ts';
import { commands, HEALTH_TEST, programs, type Program } from '../support/programs.ts';

const passed: Record<string, number> = {};

describe.each(Object.keys(dockerCandidates))('the Docker engine %s', (kind) => {
  let candidate: DockerCandidate;
  let engine: DockerEngine;
  let names = 0;
  const made: string[] = [];

  beforeAll(async () => {
    candidate = await (dockerCandidates[kind] ?? (() => Promise.reject(new Error(kind))))();
    engine = candidate.engine;
  }, 60_000);
  afterEach(async () => {
    for (const id of made.splice(0)) {
      await engine.kill(id, 'SIGKILL').catch(() => undefined);
      await eventually(async () => (await engine.inspect(id))?.state !== 'running', { what: 'the end' });
      await engine.remove(id);
    }
  });
  afterAll(() => candidate.close(), 60_000);

  /** Counts the cases that ran to their end, for the table at the foot. */
  const check = (title: string, run: () => Promise<void>): void =>
    it(
      title,
      async () => {
        await run();
        passed[kind] = (passed[kind] ?? 0) + 1;
      },
      30_000,
    );

  const options = (
    program: Program,
    changes: Partial<CreateOptions> = {},
    ports: number[] = [],
  ): CreateOptions => ({
    Image: 'berth-test',
    Cmd: program.argv,
    Env: [],
    Labels: { [LABELS.cluster]: 'test', [LABELS.task]: 'task-0001' },
    StopTimeout: 10,
    ExposedPorts: Object.fromEntries(ports.map((_, index) => [`${80 + index}/tcp`, {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(
        ports.map((port, index) => [`${80 + index}/tcp`, [{ HostIp: '0.0.0.0', HostPort: String(port) }]]),
      ),
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
      CapAdd: [],
      CapDrop: ['NET_RAW'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      CgroupnsMode: 'private',
      ReadonlyRootfs: false,
      Tmpfs: {},
      Init: false,
      PidsLimit: 64,
      CpuShares: 20,
    },
    ...changes,
  });
  const create = async (
    program: Program,
    changes?: Partial<CreateOptions>,
    ports?: number[],
  ): Promise<string> => {
    const id = await engine.create(`berth-case-${++names}`, options(program, changes, ports));
    made.push(id);
    return id;
  };
  const started = async (program: Program, changes?: Partial<CreateOptions>): Promise<string> => {
    const id = await create(program, changes);
    await engine.start(id);
    return id;
  };
  const see = async (id: string): Promise<Container> => {
    const container = await engine.inspect(id);
    if (container === undefined) throw new Error(`${id} is gone`);
    return container;
  };
  const until = (id: string, wanted: Partial<Container>): Promise<Container> => {
    let container: Container | undefined;
    return eventually(
      async () => {
        const now = (container = await see(id));
        return Object.entries(wanted).every(([key, value]) => now[key as keyof Container] === value) && now;
      },
      { what: JSON.stringify(wanted), withinMs: 20_000, seen: () => container },
    );
  };
  /** Signals until it ends: before the shell has set its trap, a first process ignores the signal. */
  const terminate = (id: string): Promise<boolean> =>
    eventually(
      async () => {
        await sleep(200);
        if ((await see(id)).state === 'running') await engine.kill(id, 'SIGTERM').catch(() => undefined);
        return (await see(id)).state === 'exited';
      },
      { what: 'its end by SIGTERM', withinMs: 20_000 },
    );
  const kindOf = async (call: Promise<unknown>): Promise<string> => {
    try {
      await call;
      return 'nothing';
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      expect(error.message).not.toBe('');
      return error.kind;
    }
  };

  check('tells the number of the first process, and what it has used, while it runs', async () => {
    const id = await started(programs.idle);
    expect((await see(id)).pid).toBeGreaterThan(1);
    const used = await engine.stats(id);
    expect(used?.cpuMs).toBeGreaterThan(0);
    expect(used?.memoryBytes).toBeGreaterThan(0);
    await engine.kill(id, 'SIGKILL');
    await until(id, { state: 'exited', pid: 0 });
    expect(await engine.stats(id)).toBeUndefined();
    expect(await engine.stats('0'.repeat(64))).toBeUndefined();
  });

  check('says what it is', async () => {
    const about = await engine.about();
    expect(about.apiVersion).toMatch(/^1\.\d+$/);
    expect(about.cpus).toBeGreaterThan(0);
    expect(about.dataRoot).toMatch(/^\//);
  });

  check('creates a container that does not run yet', async () => {
    const id = await create(programs.idle, { StopSignal: 'SIGQUIT', StopTimeout: 3 });
    expect(await see(id)).toMatchObject({
      id,
      name: `berth-case-${names}`,
      state: 'created',
      exitCode: 0,
      oomKilled: false,
      stopSignal: 'SIGQUIT',
      stopGraceMs: 3000,
      labels: { [LABELS.task]: 'task-0001' },
    });
  });

  check('refuses a name twice', async () => {
    await create(programs.idle);
    expect(await kindOf(engine.create(`berth-case-${names}`, options(programs.idle)))).toBe('name-taken');
  });

  check('refuses to create from an image that is not here', async () => {
    expect(
      await kindOf(engine.create('berth-no-image', options(programs.idle, { Image: 'no-such-image' }))),
    ).toBe('image-missing');
  });

  check('starts, and takes a second start for no error', async () => {
    const id = await create(programs.idle);
    await engine.start(id);
    await engine.start(id);
    expect(await see(id)).toMatchObject({ state: 'running', health: 'none' });
  });

  check('lists what is of the cluster, and only that', async () => {
    const id = await started(programs.idle);
    const foreign = await create(programs.idle, { Labels: { [LABELS.cluster]: 'other' } });
    const bare = await create(programs.idle, { Labels: {} });
    const listed = await engine.list();
    expect(listed.find((each) => each.id === id)).toEqual({
      id,
      name: 'berth-case-' + String(names - 2),
      labels: expect.objectContaining({ [LABELS.task]: 'task-0001' }),
      state: 'running',
      health: 'none',
    });
    expect(listed.map((each) => each.id)).not.toContain(foreign);
    expect(listed.map((each) => each.id)).not.toContain(bare);
    expect((await candidate.other.list()).map((each) => each.id)).toEqual([foreign]);
  });

  check('knows nothing of a container that was never there', async () => {
    const nobody = 'f'.repeat(64);
    expect(await engine.inspect(nobody)).toBeUndefined();
    expect(await kindOf(engine.start(nobody))).toBe('not-found');
    expect(await kindOf(engine.kill(nobody, 'SIGTERM'))).toBe('not-found');
    await engine.remove(nobody);
  });

  check('tells the exit code, and each end by its own time', async () => {
    const id = await started(programs.exits(3));
    const first = await until(id, { state: 'exited', exitCode: 3 });
    await sleep(5);
    await engine.start(id);
    const second = await eventually(async () => {
      const now = await see(id);
      return now.state === 'exited' && now.finishedAt !== first.finishedAt && now;
    });
    expect(second.exitCode).toBe(3);
  });

  check('passes a stop signal on to a program that handles it', async () => {
    const id = await started(programs.graceful(7));
    await terminate(id);
    await until(id, { state: 'exited', exitCode: 7 });
  });

  check('ends with SIGKILL what ignores SIGTERM', async () => {
    const id = await started(programs.idle);
    await engine.kill(id, 'SIGTERM');
    await sleep(150);
    expect((await see(id)).state).toBe('running');
    await engine.kill(id, 'SIGKILL');
    await until(id, { state: 'exited', exitCode: 137, oomKilled: false });
    expect(await kindOf(engine.kill(id, 'SIGTERM'))).toBe('not-running');
  });

  check('refuses a signal that there is not', async () => {
    const id = await started(programs.idle);
    expect(await kindOf(engine.kill(id, 'sig nonsense'))).toBe('refused');
  });

  check('removes what does not run, once or twice, and nothing that runs', async () => {
    const id = await started(programs.idle);
    expect(await kindOf(engine.remove(id))).toBe('running');
    await engine.kill(id, 'SIGKILL');
    await until(id, { state: 'exited' });
    await engine.remove(id);
    await engine.remove(id);
    expect(await engine.inspect(id)).toBeUndefined();
  });

  check('refuses a host port that is taken, until it is free', async () => {
    const holder = await create(programs.idle, {}, [20_111]);
    const waiter = await create(programs.idle, {}, [20_111]);
    await engine.start(holder);
    expect(await kindOf(engine.start(waiter))).toBe('port-taken');
    expect((await see(waiter)).state).toBe('created');
    await engine.kill(holder, 'SIGKILL');
    await until(holder, { state: 'exited' });
    await engine.start(waiter);
    expect((await see(waiter)).state).toBe('running');
  });

  check('refuses to start a program that is not there, in words', async () => {
    const id = await create(programs.missing);
    await expect(engine.start(id)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('no-such-program'),
    });
    expect((await see(id)).state).not.toBe('running');
  });

  const healthcheck = { Test: HEALTH_TEST, Interval: 100e6, Timeout: 2000e6, Retries: 1 };

  check('follows a health check', async () => {
    const id = await started(programs.becomesHealthy, { Healthcheck: { ...healthcheck, Retries: 30 } });
    expect(await see(id)).toMatchObject({ state: 'running', health: 'starting' });
    await until(id, { health: 'healthy' });
    const listed = (await engine.list()).find((each) => each.id === id);
    expect(listed?.health).toBe('healthy');
  });

  check("takes the image's own health check, and leaves it when told", async () => {
    const own = await started(programs.becomesHealthy, { Image: candidate.checkedImage });
    const off = await started(programs.becomesHealthy, {
      Image: candidate.checkedImage,
      Healthcheck: { Test: ['NONE'] },
    });
    expect((await see(off)).health).toBe('none');
    await until(own, { health: 'healthy' });
    expect((await see(off)).health).toBe('none');
  });

  check('says when the kernel killed for memory', async () => {
    const base = options(programs.eatsMemory).HostConfig;
    const memory = 16 * 1024 * 1024;
    const id = await started(programs.eatsMemory, {
      HostConfig: { ...base, Memory: memory, MemorySwap: memory },
    });
    await until(id, { state: 'exited', oomKilled: true });
  });

  check('says which run of a container it is, and where it is reached', async () => {
    const id = await create(programs.graceful(0));
    expect((await see(id)).address).toBe('');
    await engine.start(id);
    const first = await see(id);
    expect(first.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    await terminate(id);
    expect((await until(id, { state: 'exited' })).address).toBe('');
    await engine.start(id);
    const second = await see(id);
    expect(second.startedAt).not.toBe(first.startedAt);
    expect(await see(id)).toMatchObject({ startedAt: second.startedAt, address: second.address });
  });

  check('runs a command inside, and tells its end and its words', async () => {
    const id = await started(programs.idle);
    expect(await engine.exec(id, commands.passes.argv, 5000)).toEqual({
      kind: 'ended',
      exitCode: 0,
      output: '',
    });
    const complaint = await engine.exec(id, commands.complains.argv, 5000);
    expect(complaint).toMatchObject({ kind: 'ended', exitCode: 3 });
    expect(complaint.kind === 'ended' && complaint.output.split('\n').sort().join()).toBe(',err,out');
    const missing = await engine.exec(id, commands.missing.argv, 5000);
    expect(missing.kind === 'ended' && [126, 127].includes(missing.exitCode)).toBe(true);
    expect(missing.kind === 'ended' && missing.output).toContain('no-such-program');
  });

  check('leaves a command that takes too long, and knows when it has ended', async () => {
    const id = await started(programs.idle);
    const began = performance.now();
    const result = await engine.exec(id, commands.hangs.argv, 300);
    expect(performance.now() - began).toBeLessThan(6000);
    if (result.kind !== 'running') throw new Error('it ended');
    expect(await engine.execRuns(result.exec)).toBe(true);
    await eventually(async () => !(await engine.execRuns(result.exec)), { what: 'its end' });
    expect(await engine.execRuns('f'.repeat(64))).toBe(false);
  });

  check('runs no command where nothing runs', async () => {
    const id = await create(programs.idle);
    expect(await kindOf(engine.exec(id, commands.passes.argv, 1000))).toBe('not-running');
    expect(await kindOf(engine.exec('f'.repeat(64), commands.passes.argv, 1000))).toBe('not-found');
  });

  check('pulls what a registry has, and says what it has not', async () => {
    expect(await engine.images()).not.toContain(candidate.pullable);
    await engine.pull(candidate.pullable);
    expect(await engine.images()).toContain(candidate.pullable);
    await engine.remove(await create(programs.idle, { Image: candidate.pullable }));
    expect(await kindOf(engine.pull(candidate.unknown))).toBe('refused');
    await engine.removeImage(candidate.pullable);
    expect(await engine.images()).not.toContain(candidate.pullable);
    await engine.removeImage(candidate.pullable); // gone already is no error
  });

  check('tells the layers of an image, with their bytes, and none of what is not here', async () => {
    const found = await engine.imageLayers('berth-test');
    expect(found?.id).not.toBe('');
    expect(found?.layers.length).toBeGreaterThan(0);
    for (const layer of found?.layers ?? []) expect(layer).toMatch(/^[0-9a-f]{12}:[0-9]+$/);
    expect(await engine.imageLayers(candidate.unknown)).toBeUndefined();
  });

  check('removes no image that a container has', async () => {
    const image = 'berth-test:latest';
    const before = await engine.images();
    expect(before).toContain(image);
    await create(programs.idle);
    expect(await kindOf(engine.removeImage(image))).toBe('refused');
    expect([...(await engine.images())].sort()).toEqual([...before].sort());
  });

  check('tells of ends, health and removals of the cluster’s containers, and of no other', async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    let listening: () => void = () => undefined;
    const ready = new Promise<void>((resolve) => (listening = resolve));
    const following = (async () => {
      for await (const event of engine.events(stop.signal, listening)) seen.push(event.id);
    })();
    await ready;
    const foreign = await started(programs.exits(0), { Labels: { [LABELS.cluster]: 'other' } });
    const ended = await started(programs.exits(0));
    const healthy = await started(programs.becomesHealthy, { Healthcheck: { ...healthcheck, Retries: 30 } });
    await eventually(() => seen.includes(ended) && seen.includes(healthy), {
      what: 'events',
      seen: () => seen,
    });
    expect((await see(ended)).state).toBe('exited');
    expect((await see(healthy)).health).toBe('healthy');
    const before = seen.length;
    await engine.remove(ended);
    await eventually(() => seen.length > before, { what: 'the event of the removal' });
    expect(seen).not.toContain(foreign);
    stop.abort();
    await following;
  });

  check('does not answer when it is not there', async () => {
    const { absent } = candidate;
    expect(await kindOf(absent.list())).toBe('unreachable');
    expect(await kindOf(absent.inspect('x'))).toBe('unreachable');
    expect(await kindOf(absent.start('x'))).toBe('unreachable');
    expect(await kindOf(absent.pull('x'))).toBe('unreachable');
    const events = absent.events(new AbortController().signal, () => undefined)[Symbol.asyncIterator]();
    expect(await kindOf(events.next())).toBe('unreachable');
  });
});

it('held both to the same cases', () => {
  const kinds = Object.keys(dockerCandidates);
  const width = Math.max(...kinds.map((kind) => kind.length));
  const lines = kinds.map((kind) => `  ${kind.padEnd(width)}  ${passed[kind] ?? 0} cases passed`);
  process.stdout.write(`Docker engine\n${lines.join('\n')}\n`);
  expect(new Set(kinds.map((kind) => passed[kind])).size).toBe(1);
});
