/**
 * Docker stopped in its tracks (SIGSTOP: it takes connections and answers nothing) under running replicas, with the agent
 * killed meanwhile: users read why, replicas go on and stay in DNS, and nothing happens to any container.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Assignment, Report } from '../../contract/agent-protocol.ts';
import type { HealthSpec } from '../../contract/health-spec.ts';
import { wantedService } from '../../functions/core/discovery/wanted-records.ts';
import { viewTasks } from '../../functions/core/rollout/task-view.ts';
import type { AgentHost } from './agent-host.ts';
import { assignment as stored, host as hostOf, hostView, taskReport, ZONE } from './builders.ts';
import { assignment, spec } from './container-spec.ts';

export interface FreezeOptions {
  readonly frozenMs: number;
  /** From the freeze until the control plane is told: an answer's deadline and the pause between two lists. */
  readonly noticedWithinMs: number;
}

/** Patient: a busy machine alone makes nobody unhealthy. */
const often = { intervalMs: 500, timeoutMs: 3000, failures: 2, initialDelayMs: 0 };
const tcp = { kind: 'tcp' as const, port: 80, ...often };
/** Asked over the network, and by Docker. */
const PROBES: Readonly<Record<string, Pick<HealthSpec, 'readiness' | 'liveness'>>> = {
  'web-1': { readiness: { kind: 'http', port: 80, path: '/bin/sh', ...often, successes: 1 } },
  'web-2': { readiness: { kind: 'exec', command: ['test', '-e', '/bin/sh'], ...often, successes: 1 } },
  'web-3': { readiness: { ...tcp, successes: 1 }, liveness: tcp },
};

/** @param host nothing has been assigned to it; its agent runs */
export async function frozenDockerCase(host: AgentHost, options: FreezeOptions): Promise<void> {
  const { services, agent, docker } = host;
  const command = ['httpd', '-f', '-p', '80', '-h', '/'];
  const specs = Object.fromEntries(
    Object.entries(PROBES).map(([key, probes]) => [
      key,
      spec({ command, health: { startGraceMs: 10_000, deployGateMs: 0, signal: false, ...probes } }),
    ]),
  );
  const tasks = [1, 2, 3].map((slot) =>
    assignment(slot, { task: `served-${slot}-0001`, spec: `web-${slot}` }),
  );
  services.want(specs, tasks);
  const healthy = (): boolean => tasks.every(({ task }) => host.told(task)?.health === 'healthy');
  let records: readonly string[] = [];
  const served = (): boolean => {
    records = healthy() ? recordsOf(services.reports.at(-1)!, tasks) : [];
    return records.filter((record) => record.startsWith('SRV')).length === 3;
  };
  await host.until('three healthy replicas in DNS', served, 60_000);
  const inspect = () => Promise.all(tasks.map(({ task }) => host.inspect(task)));
  const before = await inspect();

  const [lines, reports] = [agent.log.length, services.reports.length];
  expect(docker.freeze()).toBe(true);
  const frozenAtMs = Date.now();
  try {
    const silent = (): boolean => services.reports.at(-1)?.dockerAnswers === false;
    await host.until('word of it', silent, options.noticedWithinMs);
    for (const { task } of tasks)
      expect(host.told(task)).toMatchObject({
        phase: 'running',
        health: 'healthy',
        reason: { code: 'docker-unavailable', message: expect.stringContaining('Docker does not answer') },
      });
    // An agent that starts now knows its containers from its memory alone.
    await agent.kill();
    const beats = services.beats.length;
    agent.start();
    await host.until('beats of the next agent', () => services.beats.length > beats + 1);
    await sleep(Math.max(0, options.frozenMs - (Date.now() - frozenAtMs)));
  } finally {
    expect(docker.thaw()).toBe(true);
  }
  const well = (): boolean =>
    services.reports.at(-1)?.dockerAnswers === true &&
    healthy() &&
    tasks.every(({ task }) => host.told(task)?.reason === undefined);
  await host.until('all as it was', well, 30_000);
  await sleep(1500); // a list, a report and a poll later
  expect(well()).toBe(true);

  for (const report of services.reports.slice(reports)) expect(recordsOf(report, tasks)).toEqual(records);
  expect(agent.log.slice(lines).filter((line) => line.event === 'step')).toEqual([]);
  expect((await inspect()).map(({ Id, State }) => [Id, State.StartedAt, State.Pid])).toEqual(
    before.map(({ Id, State }) => [Id, State.StartedAt, State.Pid]),
  );
}

/** What DNS holds after this report of the one host: `SRV _http._tcp.web.shop... 0 1 20001 ...`. */
function recordsOf(report: Report, tasks: readonly Assignment[]): readonly string[] {
  const host = hostOf('one', { bootId: report.bootId });
  const assignments = tasks.map(({ task, slot }) =>
    stored('x', {
      task: stored(task).task,
      slot,
      ports: [{ name: 'http', container: 80, protocol: 'tcp', host: 20_000 + slot }],
    }),
  );
  const told = report.tasks.map(({ phase, health, attempt, reason }, index) =>
    taskReport(assignments[index]?.task ?? '', {
      ...{ phase, health, attempt },
      ...(reason === undefined ? {} : { reason }),
    }),
  );
  const view = hostView(host, assignments, told);
  const shown = { ...view, report: view.report && { ...view.report, dockerAnswers: report.dockerAnswers } };
  const directory = {
    head: { plan: 1, pending: [], soaTtlSeconds: 10, unsure: false, version: 1 },
    names: [],
  };
  const wanted = wantedService(viewTasks({ hosts: [shown], directory }), {
    zone: ZONE,
    ttlSeconds: 10,
  });
  return (wanted?.records ?? []).flatMap(({ type, name, values }) =>
    values.map((value) => `${type} ${name} ${value}`),
  );
}
