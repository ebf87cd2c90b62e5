import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tryLock } from '../../../../local/lock.ts';
import { planCloud } from '../../../../local/plan.ts';
import type { CloudPlan } from '../../../../local/plan.ts';
import { removeDeadSocket } from '../../../../local/registry/engine.ts';

const LISTEN = `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`;

let folder: string;
let socket: string;
let lock: string;
let plan: CloudPlan;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-engine-'));
  socket = join(folder, 'docker.sock');
  lock = join(folder, 'engine.lock');
  const planned = planCloud('engine', 15, folder);
  plan = { ...planned, paths: { ...planned.paths, run: folder } };
});
afterEach(() => rmSync(folder, { recursive: true }));

async function listening() {
  const child = spawn(process.execPath, ['-e', LISTEN, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}
async function killed(): Promise<void> {
  const child = await listening();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(socket)).toBe(true);
}
const engineWasOurs = (): void => writeFileSync(join(folder, 'engine.pid'), '1');

describe('the socket of the machine’s Docker Engine', () => {
  it('is removed when the engine was this cloud’s and was killed', async () => {
    await killed();
    engineWasOurs();
    await removeDeadSocket(plan, { socket, lock });
    expect(existsSync(socket)).toBe(false);
    await removeDeadSocket(plan, { socket, lock }); // nothing there is no error
  });

  it('stays when this cloud started no engine', async () => {
    await killed();
    await removeDeadSocket(plan, { socket, lock });
    expect(existsSync(socket)).toBe(true);
  });

  it('stays while somebody listens there', async () => {
    const other = await listening();
    engineWasOurs();
    await removeDeadSocket(plan, { socket, lock });
    expect(existsSync(socket)).toBe(true);
    other.kill('SIGKILL');
    await once(other, 'exit');
  });
});

describe('the lock of whoever starts the machine’s Docker Engine', () => {
  const LOCK_AND_DIE = `
    const { tryLock } = await import(process.argv[1]);
    if (tryLock(process.argv[2]) === undefined) process.exit(3);
    process.kill(process.pid, 'SIGKILL');`;
  const lockModule = join(import.meta.dirname, '../../../../local/lock.ts');

  it('is removed when its holder was killed', async () => {
    const args = ['--input-type=module', '-e', LOCK_AND_DIE, lockModule, lock];
    expect(spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }).signal).toBe(
      'SIGKILL',
    );
    expect(existsSync(lock)).toBe(true);
    await removeDeadSocket(plan, { socket, lock });
    expect(existsSync(lock)).toBe(false);
  });

  it('stays while its holder lives', async () => {
    const release = tryLock(lock);
    await removeDeadSocket(plan, { socket, lock });
    expect(existsSync(lock)).toBe(true);
    release?.();
  });
});
