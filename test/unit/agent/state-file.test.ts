import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { emptyState, openStateFile, StateFileError, type AgentState } from '../../../agent/state-file.ts';
import { newTask } from '../../../agent/tasks/task-state.ts';
import { assignment, spec } from '../../support/container-spec.ts';
import { eventually } from '../../support/eventually.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-state-'));
  path = join(folder, 'deep/state.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const state: AgentState = {
  schema: 1,
  reportSeq: 7,
  beatSeq: 8,
  manifest: {
    host: 'h-test0001',
    generation: 3,
    pollMs: 1000,
    beatMs: 5000,
    specs: { 'web-1': spec({ command: ['sleep', '1'] }) },
    assignments: [assignment(1)],
  },
  tasks: { [assignment(1).task]: { ...newTask, phase: 'running', attempt: 2 } },
  health: { [assignment(1).task]: { run: 'c1 once', sinceMs: 1, word: { ready: true, reason: '' } } },
};

const FIXTURES = join(import.meta.dirname, '../../fixtures/agent-state');
const TASK = 'shop-web-1-0k3x9a2b';

describe('the state file of another version', () => {
  /** Every form that a version of the agent has written, oldest first, and one that a newer one may write. */
  const forms = readdirSync(FIXTURES);

  it('is there in every form', () => {
    expect(forms).toEqual(['1-tasks.json', '2-health.json', '3-agent.json', 'newer.json']);
  });

  it.each(forms)('%s loads with its manifest and its tasks', async (name) => {
    mkdirSync(join(folder, 'deep'));
    cpSync(join(FIXTURES, name), path);
    const loaded = await openStateFile(path).load();
    expect(loaded).toMatchObject({ reportSeq: 1_800_000_009_000, beatSeq: 1_800_000_009_001 });
    expect(loaded.manifest).toMatchObject({ generation: 4, assignments: [{ task: TASK, wanted: 'run' }] });
    expect(loaded.tasks[TASK]).toMatchObject({
      phase: 'running',
      attempt: 2,
      failuresInRow: 1,
      pull: 'done',
    });
    expect(loaded.health[TASK]?.word).toEqual(
      name.startsWith('1-') ? undefined : { ready: true, reason: '' },
    );
    expect(existsSync(`${path}.unusable`)).toBe(false);
  });

  it('keeps what this one does not know, for when the newer one is back', async () => {
    mkdirSync(join(folder, 'deep'));
    cpSync(join(FIXTURES, 'newer.json'), path);
    const file = openStateFile(path);
    await file.save({ ...(await file.load()), beatSeq: 1_800_000_009_999 });
    const saved = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    expect(saved).toMatchObject({
      beatSeq: 1_800_000_009_999,
      someday: { volumes: [1, 2] },
      tasks: { [TASK]: { someday: 'kept' } },
      health: { [TASK]: { someday: 7 } },
    });
  });
});

describe('the state file', () => {
  it('is a first start when it is not there', async () => {
    expect(await openStateFile(path).load()).toEqual(emptyState);
  });

  it('gives back what was saved, to nobody else', async () => {
    await openStateFile(path).save(state);
    expect(await openStateFile(path).load()).toEqual(state);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['state.json']);
  });

  it('puts saves together that come while one is written, and keeps the newest', async () => {
    const file = openStateFile(path);
    const saves = Array.from({ length: 200 }, (_, beatSeq) => file.save({ ...state, beatSeq }));
    await Promise.all(saves);
    expect((await openStateFile(path).load()).beatSeq).toBe(199);
    expect(new Set(saves).size).toBe(2);
  });

  it.each([
    ['half a file', '{"schema":1,"tas'],
    ['nothing', ''],
    ['a newer agent’s', JSON.stringify({ ...state, schema: 2 })],
    ['a manifest that is none', JSON.stringify({ ...state, manifest: { host: 'x' } })],
    ['no object', '7'],
  ])('is set aside when it is %s', async (_what, text) => {
    await openStateFile(path).save(state);
    writeFileSync(path, text);
    await expect(openStateFile(path).load()).rejects.toThrow(StateFileError);
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(`${path}.unusable`, 'utf8')).toBe(text);
    expect(await openStateFile(path).load()).toEqual(emptyState);
  });

  it('forgets when a stop signal was sent, because nobody knows whether it was', async () => {
    const stopping = {
      ...newTask,
      phase: 'stopping',
      signalledAtMs: 1,
      killedAtMs: 2,
      stopRetryMs: 3,
    } as const;
    await openStateFile(path).save({ ...state, tasks: { t: stopping } });
    expect((await openStateFile(path).load()).tasks).toEqual({ t: { ...newTask, phase: 'stopping' } });
  });

  it('rejects when the disk refuses, and works again when it does not', async () => {
    writeFileSync(join(folder, 'deep'), 'a file where the folder should be');
    const file = openStateFile(path);
    await expect(Promise.all([file.save(state), file.save(state)])).rejects.toThrow('EEXIST');
    rmSync(join(folder, 'deep'));
    await file.save(state);
    expect(await openStateFile(path).load()).toEqual(state);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is whole whenever its writer is killed', async () => {
    const module = new URL('../../../agent/state-file.ts', import.meta.url).pathname;
    const script = `
      const { openStateFile } = await import(${JSON.stringify(module)});
      const file = openStateFile(${JSON.stringify(path)});
      const state = ${JSON.stringify(state)};
      for (let seq = 1; ; seq++) await file.save({ ...state, beatSeq: seq, tasks: Object.fromEntries(
        Array.from({ length: 200 }, (_, n) => ['task-' + n + '-' + seq, { ...state.tasks[${JSON.stringify(assignment(1).task)}], attempt: seq }])) });`;
    const node = join(import.meta.dirname, '../../../node_modules/.bin/node');
    for (let round = 0; round < 5; round++) {
      const writer = spawn(existsSync(node) ? node : process.execPath, ['--input-type=module', '-e', script]);
      await eventually(() => existsSync(path), { what: 'a first save' });
      await new Promise((resolve) => setTimeout(resolve, 20 + round * 13));
      const ended = new Promise((resolve) => writer.once('exit', resolve));
      writer.kill('SIGKILL');
      await ended;
      const kept = await openStateFile(path).load();
      const attempts = new Set(Object.values(kept.tasks).map((task) => task.attempt));
      expect([...attempts]).toEqual([kept.beatSeq]); // one save, not a mix of two
      rmSync(path);
    }
  }, 30_000);
});
