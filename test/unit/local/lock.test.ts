import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livingHolder, readHolder, tryLock, withLock } from '../../../local/lock.ts';
import { identify } from '../../../local/process-identity.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a lock file', () => {
  it('has one holder, who is named in it, and leaves nothing behind', () => {
    const file = join(folder, 'sub/lock');
    const release = tryLock(file, 'me');
    expect(release).toBeDefined();
    expect(tryLock(file)).toBeUndefined();
    expect(livingHolder(file)).toMatchObject({ pid: process.pid, about: 'me' });
    release?.();
    expect(readdirSync(join(folder, 'sub'))).toEqual([]);
    expect(tryLock(file)).toBeDefined();
  });

  it.each([
    ['no such process', { pid: 2 ** 22 + 1, started: '1' }],
    ['another process with the same pid', { pid: process.pid, started: '1' }],
  ])('is free when its holder is dead: %s', (_, dead) => {
    const file = join(folder, 'lock');
    writeFileSync(file, JSON.stringify({ ...dead, about: 'gone' }));
    expect(livingHolder(file)).toBeUndefined();
    expect(readHolder(file)).toMatchObject({ about: 'gone' });
    expect(tryLock(file)).toBeDefined();
    expect(livingHolder(file)?.started).toBe(identify(process.pid)?.started);
  });

  it('is free when a power cut has left it empty', () => {
    const file = join(folder, 'lock');
    writeFileSync(file, '');
    expect(tryLock(file)).toBeDefined();
  });

  it('of a dead holder goes to one of many processes that want it at once', async () => {
    const file = join(folder, 'lock');
    const module = join(import.meta.dirname, '../../../local/lock.ts');
    // Each says when it wakes; then all begin at the same moment, again and again, with the same dead holder.
    const contender = `
      const { tryLock } = await import(${JSON.stringify(module)});
      process.stdout.write('ready');
      for await (const at of process.stdin.setEncoding('utf8')) {
        while (Date.now() < Number(at)) {}
        const release = tryLock(${JSON.stringify(file)});
        process.stdout.write(release === undefined ? 'no' : 'yes');
      }`;
    const ROUNDS = 40;
    const all = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', contender]),
    );
    const heard = (each: (typeof all)[number]): Promise<string> =>
      once(each.stdout, 'data').then(([data]) => String(data));
    try {
      await Promise.all(all.map(heard));
      for (let round = 0; round < ROUNDS; round++) {
        writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, started: '1', about: 'gone' }));
        const answers = all.map(heard);
        for (const each of all) each.stdin.write(String(Date.now() + 5));
        const won = (await Promise.all(answers)).filter((answer) => answer === 'yes');
        expect(won.length).toBeLessThanOrEqual(1);
      }
    } finally {
      for (const each of all) each.kill('SIGKILL');
    }
  }, 30_000);

  it('lets one run after the other', async () => {
    const file = join(folder, 'lock');
    const order: string[] = [];
    const job = (name: string) =>
      withLock(file, { timeoutMs: 5000, about: name }, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(`${name} out`);
      });
    await Promise.all([job('a'), job('b')]);
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
  });

  it('that is not to be had says who has it', async () => {
    const file = join(folder, 'lock');
    const release = tryLock(file, 'a build');
    const wanted = withLock(file, { timeoutMs: 0, about: 'another' }, () => Promise.resolve());
    await expect(wanted).rejects.toThrow(`process ${process.pid} holds: a build`);
    release?.();
  });
});
