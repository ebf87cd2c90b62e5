import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { planCloud } from '../../../../local/plan.ts';
import type { CloudPlan } from '../../../../local/plan.ts';
import { removeDeadSocket } from '../../../../local/registry/engine.ts';

const LISTEN = `require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))`;

let folder: string;
let socket: string;
let plan: CloudPlan;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-engine-'));
  socket = join(folder, 'docker.sock');
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
    await removeDeadSocket(plan, socket);
    expect(existsSync(socket)).toBe(false);
    await removeDeadSocket(plan, socket); // nothing there is no error
  });

  it('stays when this cloud started no engine', async () => {
    await killed();
    await removeDeadSocket(plan, socket);
    expect(existsSync(socket)).toBe(true);
  });

  it('stays while somebody listens there', async () => {
    const other = await listening();
    engineWasOurs();
    await removeDeadSocket(plan, socket);
    expect(existsSync(socket)).toBe(true);
    other.kill('SIGKILL');
    await once(other, 'exit');
  });
});
