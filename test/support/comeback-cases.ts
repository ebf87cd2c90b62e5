/** What happens to a host and to its replicas, on a real Docker, and how the agent brings back what is wanted. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { AgentState } from '../../agent/state-file.ts';
import type { AgentHost } from './agent-host.ts';
import { keepDiary } from './container-diary.ts';
import { assignment, spec } from './container-spec.ts';

const steady = spec({ command: ['sleep', '86400'], stopGraceMs: 0 });
const tasksOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => assignment(index + 1, { task: `${name}-${index + 1}-000001` }));

/**
 * The power goes, and with it every process; what was written to disks is there again. Meanwhile one replica was to stop,
 * and one was taken off the manifest.
 *
 * @param host nothing has been assigned to it; its agent runs, and runs afterwards
 */
export async function rebootCase(host: AgentHost): Promise<void> {
  const { services, agent, docker } = host;
  const [first, second, third, fourth] = tasksOf('booted', 4);
  const up = (task = ''): boolean => host.told(task)?.health === 'healthy';
  services.want({ 'web-1': steady }, [first!, second!, third!, fourth!]);
  const all = [first, second, third, fourth];
  await host.until('four replicas', () => all.every((each) => up(each?.task)), 30_000);
  const before = await Promise.all([first!, third!].map(({ task }) => host.inspect(task)));

  await agent.kill();
  await docker.powerCut();
  services.want({ 'web-1': steady }, [first!, { ...second!, wanted: 'stop' }, third!]);
  await docker.startAgain();
  services.behave(503); // the engine answers before the control plane does, however quick both are
  const diary = await keepDiary(docker.socketPath);
  const reports = services.reports.length;
  agent.start();
  const lines = agent.log.length;
  await host.until('the engine to answer the agent', () =>
    agent.log.slice(lines).some(({ event }) => event === 'docker-answers'),
  );
  await sleep(500);
  services.behave('well');
  const back = (task = ''): boolean => up(task) && host.told(task)?.attempt === 2;
  await host.until('what is still wanted', () => back(first?.task) && back(third?.task), 30_000);
  await host.until('what was to stop gone', async () =>
    (await host.containers()).every(({ name }) => name !== `berth-${second?.task ?? ''}`),
  );
  diary.close();
  const after = await Promise.all([first!, third!].map(({ task }) => host.inspect(task)));
  expect(after.map(({ Id }) => Id)).toEqual(before.map(({ Id }) => Id));
  const starts = diary.entries.filter(({ action }) => action === 'start').map(({ name }) => name);
  expect(starts.sort()).toEqual([`berth-${first!.task}`, `berth-${third!.task}`]);
  // Told as down until it ran again, never as healthy because it was.
  const toldFirst = services.reports[reports]?.tasks.map(({ health }) => health) ?? [];
  expect(toldFirst).not.toContain('healthy');
}

/**
 * A replica that wants more memory than it may have, again and again, with the agent killed in between.
 *
 * @param host nothing has been assigned to it; its agent runs, and runs afterwards
 */
export async function memoryLoopCase(host: AgentHost): Promise<void> {
  const { services, agent } = host;
  const limit = 16 * 1024 * 1024;
  // A shell that doubles a text until the kernel ends it.
  const greedy = ['sh', '-c', 'text=0123456789abcdef; while :; do text="$text$text"; done'];
  const [one] = tasksOf('greedy', 1);
  services.want({ 'web-1': spec({ command: greedy, limitMemoryBytes: limit, reservedMemoryBytes: limit }) }, [
    one!,
  ]);
  const told = () => host.told(one!.task);
  await host.until('three starts', () => (told()?.attempt ?? 0) >= 3, 60_000);
  const words = services.reports.flatMap(({ tasks }) => tasks).map(({ reason }) => reason?.message ?? '');
  expect(words.some((each) => each.includes('Killed for exceeding its memory limit (exit code 137)'))).toBe(
    true,
  );

  await agent.kill();
  const kept = memoryOf(host, one!.task);
  expect(kept?.failuresInRow).toBeGreaterThanOrEqual(2);
  agent.start();
  const more = (): boolean =>
    (memoryOf(host, one!.task)?.failuresInRow ?? 0) > (kept?.failuresInRow ?? 0) &&
    (told()?.attempt ?? 0) > (kept?.attempt ?? 0);
  await host.until('the count to go on', more, 60_000);
  const pauses = memoryOf(host, one!.task)!;
  expect(pauses.notBeforeMs - (pauses.failedAtMs.at(-1) ?? 0)).toBe(100 * 2 ** (pauses.failuresInRow - 1));
}

const memoryOf = (host: AgentHost, task: string) =>
  (JSON.parse(readFileSync(host.agent.stateFile, 'utf8')) as AgentState).tasks[task];
