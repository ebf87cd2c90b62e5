/** The socket on which a replica speaks for itself: it speaks for nobody else, and nobody shouts another down. */
import { expect, it } from '@jest/globals';
import type { Replica } from '../../../../contract/http-api.ts';
import type { Cloud } from '../../../../local/cloud.ts';
import { waitUntil } from '../../../../local/wait-until.ts';
import { docker, sh } from '../../support/hosts.ts';
import { knock, shell } from '../../support/knock.ts';
import { replicasOf } from '../../support/stacks.ts';
import type { Scene } from './scene.ts';

const SOCKET = '/run/berth/health.sock';

export function signalTries(cloud: () => Cloud, here: () => Scene): void {
  const now = async ({ stack, replica }: Replica): Promise<Replica> =>
    (await replicasOf(cloud(), stack)).find((each) => each.replica === replica)!;
  const untilHealthy = (task: Replica): Promise<Replica> =>
    waitUntil(
      async () => {
        const seen = await now(task);
        return seen.health === 'healthy' ? seen : undefined;
      },
      { what: `${task.stack} to be healthy`, timeoutMs: 90_000 },
    );

  it('reaches no socket of another tenant, and cannot speak in its name', async () => {
    const { host, villain, victim, villainTask, victimTask } = here();
    const folders = (await sh(host, 'ls -d /var/lib/berth/signals/*')).trim().split('\n');
    expect(folders.length).toBeGreaterThanOrEqual(2);
    const sources = '{{range .Mounts}}{{.Source}}{{"\\n"}}{{end}}';
    const of = async (id: string) => (await docker(host, 'inspect', '--format', sources, id)).trim();
    const [own, others] = [await of(villain.id), await of(victim.id)];
    expect(folders).toEqual(expect.arrayContaining([own, others]));
    expect(own).not.toBe(others);
    const name = others.split('/').at(-1)!;
    for (const path of [
      `${others}/health.sock`,
      `/run/berth/../${name}/health.sock`,
      `/proc/1/root${others}/health.sock`,
    ])
      expect(await knock(villain, path, 'unix', 'ready\n')).toMatch(/^no connection: No such file/);
    expect(await shell(villain, 'ls -A /run/berth')).toBe('health.sock\n');
    for (const line of [
      `ready ${String(victimTask.task)}`,
      `{"task":"${String(victimTask.task)}","ready":true}`,
    ])
      expect(await knock(villain, SOCKET, 'unix', `${line}\n`)).toMatch(/^connected\nerror /);
    expect(await knock(villain, SOCKET, 'unix', 'ready\n')).toBe('connected\nok\n'); // it may speak for itself
    await untilHealthy(villainTask);
    expect(await now(victimTask)).toMatchObject({ health: 'starting', registered: false });
  }, 120_000);

  it('cannot put another socket, or anything, in the place of its own', async () => {
    const { villain } = here();
    for (const script of [
      `rm ${SOCKET}`,
      `mv ${SOCKET} /tmp/old`,
      'ln -s /etc /run/berth/way',
      'echo x >/run/berth/x',
    ])
      expect(await shell(villain, script)).toMatch(/Read-only file system/);
    expect(await shell(villain, 'echo x >/tmp/x && cat /tmp/x')).toBe('x\n'); // elsewhere it can
  }, 60_000);

  it('is cut short when it shouts, and shouts down nobody: its neighbour is heard at once', async () => {
    const { host, villain, victim, victimTask } = here();
    const agent = () => sh(host, 'systemctl show --property=MainPID --value berth-agent');
    const before = await agent();
    expect(await knock(villain, SOCKET, 'unix', 'x'.repeat(20_000))).toMatch(
      /^connected\nerror a line has at most/,
    );
    expect(await knock(villain, SOCKET, 'unix', Buffer.from([0, 255, 10]))).toMatch(/^connected\nerror say/);
    const flood = await knock(villain, SOCKET, 'unix', 'not-ready flood\n'.repeat(500));
    expect(flood).toMatch(/error too many words/);
    expect(flood.split('\n').length).toBeLessThan(30);
    expect(await knock(victim, SOCKET, 'unix', 'ready\n')).toBe('connected\nok\n');
    await untilHealthy(victimTask);
    expect(await agent()).toBe(before);
  }, 120_000);
}
