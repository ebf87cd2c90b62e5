/** Clouds side by side on a machine whose Docker does not run: a real engine, at a socket of the test's own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { planCloud } from '../../local/plan.ts';
import { createEngine } from '../../local/registry/engine.ts';
import type { Engine } from '../../local/registry/engine.ts';

const CLOUDS = [1, 2, 3];

let folder: string;
let engines: Engine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-engines-'));
  const host = ['--host', `unix://${join(folder, 'docker.sock')}`];
  const machine = {
    socket: join(folder, 'docker.sock'),
    lock: join(folder, 'engine.lock'),
    clientArgs: host,
    engineArgs: [...host, '--data-root', join(folder, 'data'), '--storage-driver', 'vfs'],
  };
  engines = CLOUDS.map((index) => createEngine(planCloud(`engines-${index}`, index, folder), machine));
});
afterEach(async () => {
  for (const engine of engines) await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const pidFiles = (): string[] =>
  CLOUDS.map((index) => join(planCloud(`engines-${index}`, index, folder).paths.run, 'engine.pid')).filter(
    (file) => existsSync(file),
  );

const idOf = (engine: Engine): Promise<string> =>
  engine.use((docker) => docker('info', '--format', '{{.ID}}'));

it('start one engine between them, which answers all', async () => {
  const ids = await Promise.all(engines.map(idOf));
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]?.trim()).not.toBe('');
  expect(pidFiles()).toHaveLength(1);
  expect(existsSync(join(folder, 'engine.lock'))).toBe(false);
}, 60_000);

it('keep it for who uses it when the one that started it closes, and start it anew for the next', async () => {
  const [first, second, third] = engines as [Engine, Engine, Engine];
  await idOf(first);
  const said: string[] = [];
  const using = second.use(async (docker) => {
    await docker('version');
    said.push('begun');
    await sleep(1000);
    await docker('version');
    said.push('used');
  });
  while (said.length === 0) await sleep(10);
  const closing = first.close().then(() => said.push('closed'));
  await Promise.all([using, closing]);
  expect(said).toEqual(['begun', 'used', 'closed']);
  expect(pidFiles()).toEqual([]);
  expect((await idOf(third)).trim()).not.toBe('');
  expect(pidFiles()).toHaveLength(1);
}, 60_000);
