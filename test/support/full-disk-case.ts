/**
 * A disk that is truly full, Docker's and the agent's: what runs goes on, what is to go goes, nothing new is started and
 * the reason says why, the agent's memory stays whole, and with room again everything comes by itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import type { AgentHost } from './agent-host.ts';
import { assignment, spec } from './container-spec.ts';

const steady = spec({ command: ['sleep', '86400'], stopGraceMs: 0 });
const fullDisk = (code: string) => ({ code, message: expect.stringContaining('disk of the host is full') });

/** @param host with a small disk for Docker; its agent does not run, and nothing has been assigned to it */
export async function fullDiskCase(host: AgentHost): Promise<void> {
  const stateDir = dirname(host.agent.stateFile);
  mkdirSync(stateDir, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', stateDir]);
  try {
    await withSmallDisks(host, join(stateDir, 'filler'));
  } finally {
    await host.agent.kill();
    execFileSync('umount', [stateDir]);
  }
}

async function withSmallDisks(host: AgentHost, filler: string): Promise<void> {
  const { services, agent } = host;
  const tasks = [1, 2, 3, 4].map((slot) => assignment(slot, { task: `kept-${slot}-000001` }));
  const [kept = '', going = '', late = '', docked = ''] = tasks.map((each) => each.task);
  const isUp = (task: string): boolean => host.told(task)?.health === 'healthy';
  services.want({ 'web-1': steady }, tasks.slice(0, 2));
  agent.start();
  await host.until('two replicas', () => isUp(kept) && isUp(going), 30_000);
  const before = await host.inspect(kept);
  const images = await imagesOf(host);
  const saved = (): { manifest: { generation: number } } =>
    JSON.parse(readFileSync(agent.stateFile, 'utf8')) as { manifest: { generation: number } };
  const { generation } = saved().manifest;

  fill(filler);
  await fillDocker(host);
  services.want({ 'web-1': steady }, [tasks[0]!, { ...tasks[1]!, wanted: 'stop' }, tasks[2]!]);
  await host.until('a refusal', () => host.told(late)?.reason !== undefined);
  expect(host.told(late)).toMatchObject({ health: 'starting', reason: fullDisk('create-failed') });
  await host.until('what is to go gone', () => host.told(going)?.phase === 'stopped');
  expect(saved().manifest.generation).toBe(generation); // the old state, whole
  await agent.kill();
  const lines = agent.log.length;
  agent.start();
  await host.until('its reports again', () => {
    const said = agent.log.slice(lines).map((line) => line.event);
    return said.includes('online') && host.told(late)?.reason !== undefined;
  });
  expect(host.told(late)).toMatchObject({ health: 'starting', reason: fullDisk('create-failed') });
  expect(agent.log.filter((line) => line.event === 'state-lost')).toEqual([]);

  rmSync(filler); // the agent has room, Docker has none
  services.want({ 'web-1': steady }, [tasks[0]!, tasks[2]!, tasks[3]!]);
  const refused = (task: string): boolean => /no space left/.test(host.told(task)?.reason?.message ?? '');
  await host.until('Docker’s refusals', () => refused(late) && refused(docked));
  expect(host.told(docked)?.reason).toEqual(fullDisk('create-failed'));
  expect(await imagesOf(host)).toEqual(images);

  await host.ask('DELETE', '/containers/filler?force=1');
  await host.until('everything, by itself', () => isUp(kept) && isUp(late) && isUp(docked), 60_000);
  expect((await host.inspect(kept)).State).toMatchObject(before.State);
  expect(saved().manifest.generation).toBeGreaterThan(generation);
  expect(host.told(kept)).toMatchObject({ attempt: 1, health: 'healthy' });
}

const imagesOf = async (host: AgentHost): Promise<readonly string[]> =>
  ((await host.ask('GET', '/images/json')) as { Id: string }[]).map((each) => each.Id).sort();

/** Writes until the kernel says ENOSPC, and then into what is left. */
function fill(path: string): void {
  for (const bytes of [65_536, 4096, 512])
    for (let isFull = false; !isFull;) {
      try {
        writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
        isFull = true;
      }
    }
}

/** A container of somebody else's writes into its own layer until there is no room, and again when there is a little. */
async function fillDocker(host: AgentHost): Promise<void> {
  const script =
    'for size in 1048576 65536 4096; do while busybox dd if=/dev/zero bs=$size count=1 >>/fill; do :; done; done; ' +
    'sleep 0.5; while :; do sleep 0.1; busybox dd if=/dev/zero bs=4096 count=1 >>/fill; done';
  const body = { Image: 'berth-test', Cmd: ['sh', '-c', script] };
  const { Id } = (await host.ask('POST', '/containers/create?name=filler', body)) as { Id: string };
  await host.ask('POST', `/containers/${Id}/start`);
  const sleeps = async (): Promise<boolean> => {
    const { Processes } = (await host.ask('GET', `/containers/${Id}/top`)) as { Processes: string[][] };
    return Processes.some((words) => words.join(' ').includes('sleep'));
  };
  await host.until('a full disk', sleeps, 60_000);
}
