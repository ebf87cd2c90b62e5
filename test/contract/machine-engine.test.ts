/** Clouds that begin at once on a machine whose Docker does not run: a real engine, at a socket of the test's own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

it('start one engine between them, which answers all', async () => {
  await Promise.all(engines.map((engine) => engine.ensure()));
  const ids = await Promise.all(engines.map((engine) => engine.docker('info', '--format', '{{.ID}}')));
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]?.trim()).not.toBe('');
  expect(pidFiles()).toHaveLength(1);
  expect(existsSync(join(folder, 'engine.lock'))).toBe(false);
}, 60_000);
