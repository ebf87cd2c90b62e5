/** The agent as hosts run it: its bundle, a real Docker Engine, a control plane that checks signatures and schemas. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildAgent } from '../../agent/build.ts';
import type { TaskReport } from '../../contract/agent-protocol.ts';
import { createAgentProcess, type AgentProcess } from '../support/agent-process.ts';
import { assignment, spec } from '../support/container-spec.ts';
import { eventually } from '../support/eventually.ts';
import { startHostServices, type HostServices } from '../support/fake-host-services.ts';
import { startPrivateDocker, type PrivateDocker } from '../support/private-docker.ts';
import { loadTestImage } from '../support/test-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-agent-'));
let docker: PrivateDocker;
let services: HostServices;
let agent: AgentProcess;

/** Notes SIGTERM with the time, ends a little later. */
const GRACEFUL = ['sh', '-c', 'trap "echo got-term; sleep 0.2; exit 7" TERM; while :; do sleep 0.05; done'];

beforeAll(async () => {
  docker = await startPrivateDocker();
  await loadTestImage(docker.socketPath);
  services = await startHostServices(docker.outsideAddress);
  const bundle = await buildAgent(folder);
  agent = createAgentProcess({ bundle, folder, docker, url: services.url });
}, 120_000);

afterAll(async () => {
  await agent.kill();
  await services.close();
  await docker.remove();
  rmSync(folder, { recursive: true, force: true });
});

const reported = (task: string): TaskReport | undefined =>
  services.reports.at(-1)?.tasks.find((each) => each.task === task);
const task = (slot: number): string => assignment(slot).task;
const seen = (): unknown => [
  (services.reports.at(-1)?.tasks ?? []).map(
    (each) => `${each.task} ${each.phase} ${each.health} ${each.attempt}`,
  ),
  agent.log.slice(-5).map((line) => JSON.stringify(line)),
  services.calls.slice(-3),
];
const until = (what: string, look: () => unknown, withinMs = 60_000): Promise<unknown> =>
  eventually(async () => Boolean(await look()), {
    what,
    withinMs,
    seen,
  });

function docked(method: string, path: string, body?: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = {
      socketPath: docker.socketPath,
      method,
      path,
      headers: { 'content-type': 'application/json' },
    };
    const sent = request(options, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => (text += part));
      reply.on('end', () => {
        try {
          resolve(text === '' ? undefined : JSON.parse(text));
        } catch {
          resolve(text);
        }
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

interface Inspected {
  readonly Id: string;
  readonly State: { readonly StartedAt: string; readonly Pid: number };
}
const inspect = (slot: number): Promise<Inspected> =>
  docked('GET', `/containers/berth-${task(slot)}/json`) as Promise<Inspected>;
function page(port: number): Promise<number> {
  return new Promise((resolve) => {
    const sent = get({ host: docker.address, port, timeout: 1000 }, (reply) => {
      reply.resume();
      resolve(reply.statusCode ?? 0);
    });
    sent.on('error', () => resolve(0));
  });
}

describe('the agent on a host', () => {
  it('waits for its tag, registers once, and reports that it has nothing', async () => {
    services.hideTag(true);
    agent.start();
    await sleep(700);
    expect(services.registrations).toHaveLength(0);
    services.hideTag(false);
    await until('the registration', () => services.registrations.length === 1 && services.reports.length > 0);
    expect(services.registrations[0]).toMatchObject({
      instanceId: 'i-0123456789abcdef0',
      address: '10.77.0.11',
      zone: 'us-east-1a',
      instanceType: 't3.small',
      docker: { apiVersion: expect.stringMatching(/^1\.\d+$/), storageDriver: 'overlay2' },
    });
    expect(services.reports.at(-1)).toMatchObject({ dockerAnswers: true, tasks: [] });
    await until('a beat', () => services.beats.length > 0);
  }, 60_000);

  it('keeps containers from the metadata address before the first one starts', () => {
    for (const bridge of ['docker+', 'br-+'])
      docker.inNetwork(
        'iptables',
        '-t',
        'raw',
        '-C',
        'PREROUTING',
        '-i',
        bridge,
        '-d',
        '169.254.169.254/32',
        '-j',
        'DROP',
      );
  });

  it('starts 20 containers side by side and reports each', async () => {
    const httpd = spec({ command: ['httpd', '-f', '-p', '80', '-h', '/'] });
    const ports = (slot: number) => [
      { name: 'http', container: 80, protocol: 'tcp' as const, host: 20_000 + slot },
    ];
    services.want(
      { 'web-1': httpd },
      Array.from({ length: 20 }, (_, index) => assignment(index + 1, { ports: ports(index + 1) })),
    );
    const beganMs = Date.now();
    await until(
      '20 healthy',
      () => {
        const tasks = services.reports.at(-1)?.tasks ?? [];
        return tasks.filter((each) => each.phase === 'running' && each.health === 'healthy').length === 20;
      },
      60_000,
    );
    const launches = agent.log.filter((line) => line.event === 'step' && line.step === 'launch');
    const alone = launches.reduce((sum, line) => sum + Number(line.ms), 0);
    process.stdout.write(
      `20 started in ${Date.now() - beganMs} ms; their launches one after another: ${alone} ms\n`,
    );
    expect(alone).toBeGreaterThan(2 * (Date.now() - beganMs)); // side by side
    expect(await page(20_007)).toBeGreaterThan(0);
    expect(new Set(services.reports.map((each) => each.seq)).size).toBe(services.reports.length);
  }, 180_000);

  it('brings a crashed replica back and says so meanwhile', async () => {
    const before = await inspect(3);
    expect(docker.signal(before.State.Pid, 'SIGKILL')).toBe(true);
    await until('the crash in a report', () =>
      services.reports.some((report) =>
        report.tasks.some(
          (each) => each.task === task(3) && each.exitCode === 137 && each.health === 'unhealthy',
        ),
      ),
    );
    await until(
      'attempt 2',
      () => reported(task(3))?.attempt === 2 && reported(task(3))?.health === 'healthy',
    );
    const after = await inspect(3);
    expect(after.Id).toBe(before.Id);
    expect(after.State.StartedAt).not.toBe(before.State.StartedAt);
  }, 60_000);

  it('is killed and adopts its containers within 5 s, control plane or not', async () => {
    const before = await Promise.all([1, 2, 3, 20].map(inspect));
    for (const how of ['well', 'frozen'] as const) {
      await agent.kill();
      services.behave(how);
      const lines = agent.log.length;
      agent.start();
      const beganMs = Date.now();
      await until(
        'adoption',
        () => agent.log.slice(lines).some((line) => line.event === 'docker-answers'),
        5000,
      );
      process.stdout.write(`adopted in ${Date.now() - beganMs} ms (control plane ${how})\n`);
      await sleep(500);
      const steps = agent.log.slice(lines).filter((line) => line.event === 'step');
      expect(steps).toEqual([]);
      expect(await Promise.all([1, 2, 3, 20].map(inspect))).toMatchObject(
        before.map(({ Id, State }) => ({ Id, State: { StartedAt: State.StartedAt } })),
      );
    }
  }, 60_000);

  it('restarts a crashed replica while the control plane is frozen, and touches nothing else', async () => {
    const others = await Promise.all([1, 2].map(inspect));
    const before = await inspect(5);
    expect(docker.signal(before.State.Pid, 'SIGKILL')).toBe(true);
    await eventually(
      async () =>
        (await inspect(5)).State.StartedAt !== before.State.StartedAt && (await inspect(5)).State.Pid > 0,
      {
        what: 'the restart',
      },
    );
    await sleep(300);
    expect(await Promise.all([1, 2].map(inspect))).toMatchObject(
      others.map(({ Id, State }) => ({ Id, State: { StartedAt: State.StartedAt } })),
    );
    services.behave('well');
    await until('the report', () => (reported(task(5))?.attempt ?? 0) >= 2, 30_000);
  }, 120_000);

  it('takes new keys when the old ones are refused', async () => {
    services.rotateKeys();
    const before = services.beats.length;
    await until('beats with new keys', () => services.beats.length > before + 1, 45_000);
  }, 120_000);

  it('drains, then stops by signal, grace and removal, with the exit code reported until the task leaves', async () => {
    const stopping = spec({ command: GRACEFUL, stopGraceMs: 5000 });
    const stubborn = spec({
      command: ['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done'],
      stopGraceMs: 700,
    });
    const containers = async () => (await docked('GET', '/containers/json?all=1')) as unknown[];
    services.wantOf('stop', ...(services.reports.at(-1)?.tasks ?? []).map(({ task }) => task));
    await until('the others gone', async () => (await containers()).length === 0, 60_000);
    services.want({ 'web-1': stopping, 'web-2': stubborn }, [
      assignment(1, { task: 'graceful-0001' }),
      assignment(2, { task: 'stubborn-0002', spec: 'web-2' }),
    ]);
    await until(
      'both',
      () => reported('graceful-0001')?.phase === 'running' && reported('stubborn-0002')?.phase === 'running',
      60_000,
    );
    services.wantOf('drain', 'graceful-0001');
    await until('draining', () => reported('graceful-0001')?.phase === 'draining');
    expect(reported('graceful-0001')?.health).toBe('healthy');
    expect(String(await docked('GET', '/containers/berth-graceful-0001/logs?stdout=1'))).not.toContain(
      'got-term',
    );
    services.wantOf('stop', 'graceful-0001', 'stubborn-0002');
    await until(
      'both stopped',
      () => reported('graceful-0001')?.phase === 'stopped' && reported('stubborn-0002')?.phase === 'stopped',
    );
    expect(reported('graceful-0001')).toMatchObject({ exitCode: 7, reason: { code: 'stopped-as-wanted' } });
    expect(reported('stubborn-0002')).toMatchObject({ exitCode: 137, reason: { code: 'stopped-as-wanted' } });
    expect(await docked('GET', '/containers/json?all=1')).toEqual([]);
    services.want({}, []);
    await until('an empty report', () => services.reports.at(-1)?.tasks.length === 0);
    const kept = JSON.parse(readFileSync(agent.stateFile, 'utf8')) as { tasks: object };
    await eventually(
      () =>
        Object.keys((JSON.parse(readFileSync(agent.stateFile, 'utf8')) as { tasks: object }).tasks).length ===
        0,
      { what: `tasks forgotten ${JSON.stringify(kept)}` },
    );
  }, 240_000);

  it('reports a change of health within a fraction of a second', async () => {
    const checked = spec({
      // Healthy only after more than the second in which a burst of starts is told in one report.
      command: ['sh', '-c', 'sleep 2; touch /tmp/ok; while :; do sleep 0.05; done'],
      healthcheck: {
        test: ['CMD', 'test', '-e', '/tmp/ok'],
        intervalMs: 100,
        timeoutMs: 2000,
        startPeriodMs: 10_000, // over with the first success
        retries: 2,
      },
    });
    services.want({ 'web-1': checked }, [assignment(1, { task: 'checked-0001' })]);
    await until('starting', () => reported('checked-0001')?.phase === 'running');
    expect(reported('checked-0001')?.health).toBe('starting');
    await until('healthy', () => reported('checked-0001')?.health === 'healthy');
    await docked('POST', '/containers/berth-checked-0001/exec', {});
    const exec = (await docked('POST', '/containers/berth-checked-0001/exec', {
      Cmd: ['rm', '/tmp/ok'],
    })) as { Id: string };
    await docked('POST', `/exec/${exec.Id}/start`, { Detach: true });
    const removedMs = Date.now();
    await until('unhealthy', () => reported('checked-0001')?.health === 'unhealthy');
    process.stdout.write(
      `unhealthy in a report ${Date.now() - removedMs} ms after its cause (2 probes, 100 ms apart)\n`,
    );
    expect(Date.now() - removedMs).toBeLessThan(2000);
    expect(reported('checked-0001')?.reason?.code).toBe('health-check-failing');
  }, 120_000);

  it('says that Docker does not answer, guesses nothing, and goes on when it is back', async () => {
    await docker.killEngineOnly();
    await until('the report', () => services.reports.at(-1)?.dockerAnswers === false);
    expect(reported('checked-0001')).toMatchObject({
      phase: 'running',
      reason: { code: 'docker-unavailable' },
    });
    await docker.startAgain();
    await until(
      'docker again',
      () => services.reports.at(-1)?.dockerAnswers === true && reported('checked-0001')?.health === 'healthy',
      30_000,
    );
  }, 180_000);

  it('is polite: nothing strange in its log, no key in arguments, environment or state file', () => {
    expect(agent.strange).toEqual([]);
    const proc = `/proc/${agent.pid()}`;
    const all =
      ['cmdline', 'environ'].map((file) => readFileSync(`${proc}/${file}`, 'utf8')).join() +
      readFileSync(agent.stateFile, 'utf8') +
      JSON.stringify(agent.log);
    expect(all).not.toMatch(/ASIA|secret\/of|session\/\//);
  });
});
